"""Writing jobs and their log.

The database is the truth and the broker only rings: a lost message is rung
again by the conductor, a doubled one finds the job claimed and does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.jobs import broker
from apps.jobs.models import Job, JobEvent, Worker
from apps.projects.models import Project


class Fenced(Exception):  # noqa: N818 — it is no error of the job's: another attempt holds it now.
    """This attempt no longer holds the job; nothing of it may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a job. `attempt` fences its writes."""

    job_id: UUID
    attempt: int


def event_publish(
    *, project_id: int, kind: str, payload: dict[str, Any], job_id: UUID | None = None
) -> JobEvent:
    """Append one event to the project's log, and wake its readers after commit.

    The counter's row stays locked until the transaction ends, so numbers are
    given in the order of commits and without gaps: keep the transaction short.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO jobs_eventcounter (project_id, last) VALUES (%s, 1)"
                " ON CONFLICT (project_id) DO UPDATE SET last = jobs_eventcounter.last + 1"
                " RETURNING last",
                [project_id],
            )
            (seq,) = cursor.fetchone()
        event = JobEvent.objects.create(
            project_id=project_id, seq=seq, job_id=job_id, kind=kind, payload=payload
        )
        transaction.on_commit(lambda: broker.wake(project_id, seq))
    return event


def job_publish(job: Job, **more: Any) -> None:
    """Log the state that a job has just come into."""
    event_publish(
        project_id=job.project_id,
        kind=f"job.{job.status}",
        job_id=job.pk,
        payload={
            "job": str(job.pk),
            "kind": job.kind,
            "title": job.title,
            "status": job.status,
            "attempt": job.attempt,
            "progress": round(job.progress, 4),
            "message": job.message,
            "error": job.error,
            **more,
        },
    )


def job_enqueue(
    *,
    project: Project,
    kind: str,
    title: str,
    payload: dict[str, Any],
    queue: str = Job.Queue.CPU,
    key: str = "",
    created_by: User | None = None,
) -> Job:
    """Write a job and ring for it on commit. With a `key` that exists, that job is returned."""
    with transaction.atomic():
        if key:
            existing = Job.objects.filter(project=project, key=key).first()
            if existing:
                return existing
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    project=project,
                    kind=kind,
                    title=title,
                    payload=payload,
                    queue=queue,
                    key=key,
                    created_by=created_by,
                    rung_at=timezone.now(),
                )
        except IntegrityError:
            return Job.objects.get(project=project, key=key)
        job_publish(job)
        transaction.on_commit(lambda: broker.ring(job))
    return job


def job_claim(*, job_id: UUID, worker: str) -> Claim | None:
    """Take a queued job; None where it is not queued any more, as after a doubled message."""
    now = timezone.now()
    with transaction.atomic():
        claimed = Job.objects.filter(pk=job_id, status=Job.Status.QUEUED).update(
            status=Job.Status.RUNNING,
            attempt=F("attempt") + 1,
            worker=worker,
            heartbeat_at=now,
            started_at=now,
            message="",
            error="",
            traceback="",
        )
        if not claimed:
            return None
        job = Job.objects.get(pk=job_id)
        job_publish(job)
    return Claim(job.pk, job.attempt)


def job_heartbeat(
    *, claim: Claim, progress: float | None = None, message: str | None = None
) -> bool:
    """Say that the job lives. Returns whether it should stop; raises `Fenced` if held no more."""
    values: dict[str, Any] = {"heartbeat_at": timezone.now()}
    if progress is not None:
        values["progress"] = progress
    if message is not None:
        values["message"] = message[:300]
    if not _held(claim).update(**values):
        raise Fenced
    return Job.objects.filter(pk=claim.job_id, cancel_requested_at__isnull=False).exists()


def job_progress(*, claim: Claim, progress: float, message: str, **values: Any) -> None:
    """Heartbeat and one event; callers keep to two a second."""
    with transaction.atomic():
        job_heartbeat(claim=claim, progress=progress, message=message)
        job = Job.objects.get(pk=claim.job_id)
        event_publish(
            project_id=job.project_id,
            kind="job.progress",
            job_id=job.pk,
            payload={
                "job": str(job.pk),
                "kind": job.kind,
                "title": job.title,
                "status": job.status,
                "progress": round(progress, 4),
                "message": message,
                **values,
            },
        )


def job_succeed(*, claim: Claim, result: dict[str, Any]) -> None:
    """End a job well. Raises `Fenced`."""
    _end(claim, Job.Status.SUCCEEDED, progress=1.0, message="", result=result)


def job_fail(*, claim: Claim, error: str, traceback: str) -> None:
    """End a job badly, with a sentence that says what to do. Raises `Fenced`."""
    _end(claim, Job.Status.FAILED, error=error, traceback=traceback)


def job_stop(*, claim: Claim) -> None:
    """End a job that was asked to stop. Raises `Fenced`."""
    _end(claim, Job.Status.CANCELLED, message="Cancelled; what was checkpointed is kept.")


def job_release(*, claim: Claim) -> None:
    """Give a job back that this worker cannot finish; the next one resumes it. Raises `Fenced`.

    Such an attempt counts for nothing: a job survives any number of orderly stops.
    """
    with transaction.atomic():
        if not _held(claim).update(
            status=Job.Status.QUEUED,
            most_attempts=F("most_attempts") + 1,
            rung_at=timezone.now(),
        ):
            raise Fenced
        job = Job.objects.get(pk=claim.job_id)
        job_publish(job)
        transaction.on_commit(lambda: broker.ring(job))


def claim_require(*, claim: Claim) -> None:
    """Lock the job's row for this transaction and make sure the claim holds; else `Fenced`.

    A worker's results are written in one transaction with this, so a zombie's never land.
    """
    if not _held(claim).select_for_update().exists():
        raise Fenced


def _held(claim: Claim) -> Any:
    return Job.objects.filter(pk=claim.job_id, attempt=claim.attempt, status=Job.Status.RUNNING)


def _end(claim: Claim, status: str, **values: Any) -> None:
    with transaction.atomic():
        if not _held(claim).update(status=status, finished_at=timezone.now(), **values):
            raise Fenced
        job_publish(Job.objects.get(pk=claim.job_id))


def job_cancel(*, job: Job, actor: User | None) -> None:
    """Ask a running job to stop, or drop a queued one. Raises `Conflict` when it is finished."""
    now = timezone.now()
    with transaction.atomic():
        dropped = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED).update(
            status=Job.Status.CANCELLED, cancel_requested_at=now, finished_at=now
        )
        asked = Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING).update(
            cancel_requested_at=now
        )
        job.refresh_from_db()
        if not dropped and not asked:
            raise Conflict(f"This job has ended already: it is {job.status}.")
        job_publish(job, cancel_requested=True)
        _audit(job, "job.cancel", actor)


def job_retry(*, job: Job, actor: User | None) -> None:
    """Queue an ended job again, to resume from its last checkpoint; else raises `Conflict`."""
    with transaction.atomic():
        again = Job.objects.filter(pk=job.pk, status__in=Job.ENDED_BADLY).update(
            status=Job.Status.QUEUED,
            most_attempts=F("attempt") + 3,
            cancel_requested_at=None,
            finished_at=None,
            rung_at=timezone.now(),
            error="",
            traceback="",
        )
        job.refresh_from_db()
        if not again:
            raise Conflict(
                f"Only a failed or cancelled job can be retried; this one is {job.status}."
            )
        job_publish(job)
        _audit(job, "job.retry", actor)
        transaction.on_commit(lambda: broker.ring(job))


def _audit(job: Job, action: str, actor: User | None) -> None:
    audit_record(
        actor=actor,
        action=action,
        project_slug=job.project.slug,
        detail={"job": str(job.pk), "title": job.title},
    )


def worker_heartbeat(*, name: str, pid: int, queues: list[str], device: str) -> None:
    """Say that a worker lives."""
    now = timezone.now()
    Worker.objects.update_or_create(
        name=name,
        defaults={"pid": pid, "queues": queues, "device": device, "heartbeat_at": now},
        create_defaults={
            "pid": pid, "queues": queues, "device": device, "heartbeat_at": now, "started_at": now,
        },
    )  # fmt: skip
