"""Skipping: a person does not answer a task, and is not asked it again; others are."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review.models import Review, ReviewTask, Skip
from apps.review.queue.reservations import person_lock, reservation_release, task_hold


def skips_record(*, project: Project, user: User, skips: Mapping[int, str]) -> list[int]:
    """Note what a person skips, task id to `Skip.Reason`, and give their holds on it back.

    Returns the ids of the tasks that are skipped now, in order: all but those that
    the project does not have or that the person has answered. Skipping again
    changes the reason and nothing else.
    """
    with transaction.atomic():
        person_lock(user=user)
        answered = Review.objects.filter(task__in=skips, user=user, superseded_at=None)
        tasks = ReviewTask.objects.filter(project=project, pk__in=skips)
        skipped = sorted(tasks.exclude(pk__in=answered.values("task")).values_list("pk", flat=True))
        Skip.objects.bulk_create(
            [Skip(task_id=pk, user=user, reason=skips[pk]) for pk in skipped],
            update_conflicts=True,
            unique_fields=["task", "user"],
            update_fields=["reason"],
        )
        reservation_release(project=project, user=user, tasks=skipped)
    return skipped


def skip_take_back(*, project: Project, user: User, task_id: int) -> bool:
    """Let a person be asked again what they skipped, and hold it for them if it still waits.

    Returns whether they hold it. Taking back what was not skipped is no error.
    """
    with transaction.atomic():
        person_lock(user=user)
        Skip.objects.filter(task=task_id, task__project=project, user=user).delete()
        return task_hold(project=project, user=user, task_id=task_id)
