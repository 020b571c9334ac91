"""Telling pages how the queue stands: `review.counted`, at most two a second and project.

Counting takes its time where a queue is long, so nobody who answers waits for it: they
note that counts are due, and the conductor counts.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from apps.jobs.services import event_publish
from apps.review.models import QueueAnnouncement
from apps.review.selectors import round_counts

EVERY = timedelta(milliseconds=500)
MOST_OF_THE_TIME = 0.05
"""The share of a core that counting one project's queue may take."""


def counts_announce(*, project_id: int) -> None:
    """After commit, note that the counts are to be published: soon, where counting is quick."""
    transaction.on_commit(partial(_note, project_id))


def _note(project_id: int) -> None:
    with connection.cursor() as cursor:
        # Whoever finds it noted passes by without a lock, so that people don't queue up here.
        cursor.execute(
            """INSERT INTO review_queueannouncement (project_id, announced_at, is_due, seconds)
            SELECT %(project)s, 'epoch', true, 0
            WHERE NOT EXISTS (
                SELECT FROM review_queueannouncement WHERE project_id = %(project)s AND is_due)
            ON CONFLICT (project_id) DO UPDATE SET is_due = true""",
            {"project": project_id},
        )


def counts_announce_due() -> None:
    """Publish the counts that are due; the conductor calls this every second."""
    now = timezone.now()
    for announcement in QueueAnnouncement.objects.filter(is_due=True):
        rest = timedelta(seconds=announcement.seconds / MOST_OF_THE_TIME)
        if announcement.announced_at + max(EVERY, rest) <= now:
            _announce(announcement)


def _announce(announcement: QueueAnnouncement) -> None:
    # The claim comes before the counting: what is counted later finds its own announcement due.
    mine = QueueAnnouncement.objects.filter(pk=announcement.pk)
    claimed = mine.filter(announced_at=announcement.announced_at).update(
        announced_at=timezone.now(), is_due=False
    )
    if not claimed:
        return
    began = time.monotonic()
    counts = round_counts(announcement.project_id)
    mine.update(seconds=time.monotonic() - began)
    event_publish(project_id=announcement.project_id, kind="review.counted", payload=counts)
