"""Telling pages how the queue stands: `review.counted`, at most two a second and project."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from apps.jobs.services import event_publish
from apps.review.models import QueueAnnouncement
from apps.review.selectors import round_counts

EVERY = timedelta(milliseconds=500)


def counts_announce(*, project_id: int) -> None:
    """After commit, publish the counts, or note that they are due if the last are too young."""
    transaction.on_commit(partial(_announce, project_id))


def counts_announce_due() -> None:
    """Publish what was noted as due; the conductor calls this every second."""
    due = QueueAnnouncement.objects.filter(
        is_due=True, announced_at__lte=timezone.now() - EVERY
    ).values_list("project_id", flat=True)
    for project_id in list(due):
        _announce(project_id)


def _announce(project_id: int) -> None:
    now = timezone.now()
    announcement = QueueAnnouncement.objects.filter(project_id=project_id)
    # The claim comes before the counting: what is counted later finds its own announcement due.
    if not announcement.filter(announced_at__lte=now - EVERY).update(
        announced_at=now, is_due=False
    ):
        _, is_first = QueueAnnouncement.objects.get_or_create(
            project_id=project_id, defaults={"announced_at": now}
        )
        if not is_first:
            announcement.update(is_due=True)
            return
    event_publish(project_id=project_id, kind="review.counted", payload=round_counts(project_id))
