"""A worker's sign of life, so that a missing one shows within ten seconds."""

from __future__ import annotations

import logging
import os
import socket
import threading
from pathlib import Path
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, connection

from apps.jobs.services import worker_heartbeat

logger = logging.getLogger(__name__)

SIGN_EVERY = 3.0
"""Seconds."""


def keep() -> None:
    """Give signs from the moment that this worker is ready until it shuts down."""
    over = threading.Event()

    def start(sender: Any, **_: Any) -> None:
        queues = sorted(sender.app.amqp.queues.consume_from)
        threading.Thread(target=_sign, args=(queues, over), name="presence", daemon=True).start()

    def stop(**_: Any) -> None:
        over.set()

    worker_ready.connect(start, weak=False)
    worker_shutting_down.connect(stop, weak=False)


def _sign(queues: list[str], over: threading.Event) -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    while True:
        try:
            worker_heartbeat(name=name, pid=os.getpid(), queues=queues, device=device_name())
        except DatabaseError as error:
            logger.warning("no sign of life from %s: %s", name, error)
            connection.close()
        if over.wait(SIGN_EVERY):
            break
    connection.close()


def device_name() -> str:
    """The device that jobs will run on, told without initialising CUDA before the fork."""
    cards = list(Path("/dev").glob("nvidia[0-9]*"))
    return f"{len(cards)} GPU" if cards else f"{os.cpu_count()} CPU cores"
