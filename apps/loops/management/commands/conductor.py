"""`conductor`: sees to it that what is due happens. Any number may run; they don't get in each
other's way, for all they do is claimed in the database."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection

from apps.imports.services import imports_tidy
from apps.imports.syncing import syncs_begin_due
from apps.jobs.reaper import jobs_reap
from apps.loops.models import Loop
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_fail
from apps.review.services import counts_announce_due, reservations_expire
from apps.webhooks.sending import deliveries_collect, senders

logger = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds."""


class Command(BaseCommand):
    help = (
        "Reap silent jobs, give back expired reservations, advance the rounds, tell webhooks,"
        " throw away expired uploads and begin syncs that are due, every second."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        with senders():
            while not over.wait(EVERY):
                tick()


def tick() -> None:
    """One turn. What fails is logged and tried again in the next."""
    close_old_connections()
    for duty in (
        jobs_reap,
        reservations_expire,
        counts_announce_due,
        loops_advance,
        deliveries_collect,
        imports_tidy,
        syncs_begin_due,
    ):
        _do(duty)


def loops_advance() -> None:
    """Bring every running loop on; one that breaks is paused and leaves the others in peace."""
    for loop in Loop.objects.filter(status=Loop.Status.RUNNING).select_related("project"):
        try:
            loop_advance(loop=loop)
        except DatabaseError:
            raise
        except Exception as error:
            logger.exception("the loop of %s broke", loop.project)
            loop_fail(loop=loop, reason=f"The round broke: {error} Start the loop to try again.")


def _do(duty: Callable[[], object]) -> None:
    try:
        duty()
    except DatabaseError as error:
        logger.warning("%s: %s", duty.__name__, error)
        connection.close()
