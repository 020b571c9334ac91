"""Ringing workers and waking readers. Losing either is harmless: the database holds the truth."""

from __future__ import annotations

import functools
import logging

import redis
from celery import current_app
from django.conf import settings

from apps.jobs.models import Job

logger = logging.getLogger(__name__)

WAKE_CHANNEL = "assay.events"
TASK_NAME = "assay.run"


@functools.cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.VALKEY_URL, socket_connect_timeout=1, socket_timeout=1, decode_responses=True
    )


def wake(project_id: int, seq: int) -> None:
    """Tell the web processes that a project's log has grown."""
    try:
        _client().publish(WAKE_CHANNEL, f"{project_id}:{seq}")
    except redis.RedisError as error:
        logger.warning("Valkey could not be reached to wake readers (%s); they poll.", error)


def ring(job: Job) -> None:
    """Tell the workers of the job's queue that it waits."""
    try:
        current_app.send_task(TASK_NAME, args=[str(job.pk)], queue=job.queue, retry=False)
    except Exception as error:  # noqa: BLE001 — kombu raises many kinds; the conductor rings again.
        logger.warning("Valkey could not be reached to ring for job %s (%s).", job.pk, error)
