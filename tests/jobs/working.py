"""Doing a project's jobs in the test's own process."""

from __future__ import annotations

from apps.jobs.models import Job
from apps.projects.models import Project


def work(project: Project) -> None:
    """Do every job that is queued now, as a worker would; needs `django_db(transaction=True)`."""
    from ml_engine.worker.tasks import run

    for job in Job.objects.filter(project=project, status=Job.Status.QUEUED):
        run(str(job.pk))
