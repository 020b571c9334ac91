"""Asking for images to be parted, or torn groups mended: jobs, for there may be a million."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.images.models import SplitPolicy
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.projects.models import Project

PARTING, MENDING = "part_images", "mend_groups"


def parting_enqueue(*, policy: SplitPolicy, by: User | None) -> Job:
    """Have the project's images parted by its policy as it stands when the job begins."""
    return _enqueue(policy.project, PARTING, "Part the images by the split policy", by)


def mending_enqueue(*, project: Project, by: User | None) -> Job:
    """Have torn groups of near-duplicates brought into one split each."""
    return _enqueue(project, MENDING, "Mend torn groups of near-duplicates", by)


@transaction.atomic
def _enqueue(project: Project, kind: str, title: str, by: User | None) -> Job:
    waiting = Job.objects.filter(project=project, kind=kind, status=Job.Status.QUEUED).first()
    return waiting or job_enqueue(
        project=project, kind=kind, title=title, payload={}, created_by=by
    )
