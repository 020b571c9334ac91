"""Reading jobs, their log and the workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from apps.accounts.models import User
from apps.jobs.models import EventCounter, Job, JobEvent, Worker
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role

ALIVE_WITHIN = timedelta(seconds=10)
"""A worker that was silent for longer is not counted on."""


def workers_alive() -> QuerySet[Worker]:
    """The workers that have been heard of within the last ten seconds."""
    return Worker.objects.filter(heartbeat_at__gt=timezone.now() - ALIVE_WITHIN).order_by("name")


def queues_without_worker(project: Project) -> list[str]:
    """The queues in which the project's jobs wait or run while no worker of theirs is alive."""
    unfinished = Job.objects.filter(
        project=project, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]
    )
    wanted = set(unfinished.values_list("queue", flat=True))
    served = {
        queue for queues in workers_alive().values_list("queues", flat=True) for queue in queues
    }
    return sorted(wanted - served)


def job_list(project: Project, status: str = "") -> QuerySet[Job]:
    """The project's jobs, newest first; all of them, or those of one status."""
    jobs = Job.objects.filter(project=project).order_by("-created_at", "-id")
    return jobs.filter(status=status) if status else jobs


def job_get_for(user: User | AnonymousUser, job_id: UUID, least_role: Role = Role.ANNOTATOR) -> Job:
    """The job, if this person has at least that role in its project.

    Raises Http404 for those who are no members, and PermissionDenied where the role is too low.
    """
    job = Job.objects.select_related("project").filter(pk=job_id).first()
    if job is None or project_role(user, job.project) is None:
        raise Http404(f"There is no job {job_id} that you may see.")
    project_get_for(user, job.project.slug, least_role)
    return job


def job_may_cancel(user: User | AnonymousUser, job: Job) -> bool:
    """Whether this member may stop the job: a manager any, others what they asked for."""
    is_theirs = job.created_by_id is not None and job.created_by_id == user.pk
    return is_theirs or project_role(user, job.project) == Role.MANAGER


def job_get_to_cancel(user: User | AnonymousUser, job_id: UUID) -> Job:
    """The job, if this person may stop it (see `job_may_cancel`). Raises as `job_get_for`."""
    job = job_get_for(user, job_id)
    return job if job_may_cancel(user, job) else job_get_for(user, job_id, Role.MANAGER)


def job_event_list(job: Job, most: int) -> list[JobEvent]:
    """The newest lines of a job's log, oldest of them first."""
    return list(JobEvent.objects.filter(job=job).order_by("-seq")[:most])[::-1]


def event_list_after(project: Project, seq: int, most: int) -> list[JobEvent]:
    """The next lines of the project's log after that number, in order."""
    events = JobEvent.objects.filter(project=project, seq__gt=seq).order_by("seq")
    return list(events[:most])


def event_payloads(project: Project, kinds: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Kind and payload of the log's lines of these kinds that are of no job, in order."""
    events = JobEvent.objects.filter(project=project, job=None, kind__in=kinds).order_by("seq")
    return list(events.values_list("kind", "payload"))


def event_last(project: Project) -> int:
    """The number of the log's last line; 0 where there is none."""
    counter = EventCounter.objects.filter(project=project).first()
    return counter.last if counter else 0
