"""Taking up again what was left lying: jobs whose worker fell silent, rings that were not heard."""

from __future__ import annotations

import logging
import os
import socket
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.jobs import broker
from apps.jobs.models import Job
from apps.jobs.services import job_publish

logger = logging.getLogger(__name__)

HEARTBEAT_LIMIT = timedelta(seconds=30)
"""A running job that was silent for longer is queued again."""
RING_AGAIN_AFTER = timedelta(seconds=30)
"""A queued job whose message may have been lost is rung again after this long."""


def jobs_reap() -> int:
    """Queue silent jobs again and ring for those that wait; returns how many fell silent."""
    running = Job.objects.filter(status=Job.Status.RUNNING)
    reaped = sum(_take_from_worker(job.pk) for job in running if _is_silent(job))
    _ring_again()
    return reaped


def _is_silent(job: Job) -> bool:
    """Too long without a heartbeat, or held by a process of this host that is no more."""
    if job.heartbeat_at is None or timezone.now() - job.heartbeat_at > HEARTBEAT_LIMIT:
        return True
    host, _, pid = job.worker.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _take_from_worker(job_id: UUID) -> bool:
    """One silent job: back to the queue, or failed where it has been tried too often."""
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(pk=job_id, status=Job.Status.RUNNING)
            .first()
        )
        if job is None or not _is_silent(job):
            return False
        job.finished_at = timezone.now()
        if job.cancel_requested_at:
            job.status = Job.Status.CANCELLED
        elif job.attempt >= job.most_attempts:
            job.status = Job.Status.FAILED
            job.error = (
                f"The worker fell silent {job.attempt} times while doing this job; it may have run"
                " out of memory. Look at the worker's log, then retry."
            )
        else:
            job.status = Job.Status.QUEUED
            job.finished_at = None
            job.rung_at = timezone.now()
            job.message = "The worker fell silent; the job goes on from its last checkpoint."
            transaction.on_commit(lambda: broker.ring(job))
        job.save()
        job_publish(job)
    logger.warning("job %s (%s) fell silent: now %s", job.pk, job.kind, job.status)
    return True


def _ring_again() -> None:
    now = timezone.now()
    quiet = Job.objects.filter(status=Job.Status.QUEUED).filter(
        Q(rung_at__lt=now - RING_AGAIN_AFTER) | Q(rung_at=None)
    )
    for job in quiet.order_by("created_at")[:100]:
        if Job.objects.filter(pk=job.pk, rung_at=job.rung_at).update(rung_at=now):
            broker.ring(job)
