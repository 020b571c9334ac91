"""Asking people; keeping what they answer is `recording`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.images.models import Image
from apps.projects.models import Project
from apps.review.answers.recording import Outcome, review_take_back, reviews_record
from apps.review.answers.verdicts import Answer
from apps.review.models import Reservation, ReviewTask
from apps.review.queue.announcements import counts_announce, counts_announce_due
from apps.review.queue.reservations import (
    reservation_release,
    reservation_take,
    reservations_expire,
    tasks_lock,
)
from apps.review.selectors import review_settings_get

__all__ = [
    "Answer",
    "Outcome",
    "Question",
    "batch_tasks_withdraw",
    "counts_announce_due",
    "image_tasks_withdraw",
    "reservation_release",
    "reservation_take",
    "reservations_expire",
    "review_take_back",
    "review_tasks_create",
    "review_tasks_withdraw",
    "reviews_record",
]

CREATE_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """What people are to be asked about one image."""

    image: Image
    kind: str
    """A `ReviewTask.Kind`."""
    priority: float
    """More is asked sooner."""
    reason: str
    """Why: a strategy's name, or random (control)."""
    context: dict[str, Any] = field(default_factory=dict)
    """What may be shown beside the image; `payloads.tasks_payload` names the keys."""
    expected_class: int | None = None
    """The id of the class that the generator was asked for, or that the classifier guesses."""
    batch: int | None = None
    """Of a synthetic image: the id of its generation run."""


def review_tasks_create(
    *, project: Project, round_number: int | None, questions: Iterable[Question]
) -> int:
    """Put questions into the queue, but those that are open or were asked in this round.

    Returns how many were new. Doing it again, as after a restart, changes nothing.
    """
    questions = list(questions)
    reviews_needed = review_settings_get(project).reviews_per_task
    with transaction.atomic():
        asked = set(
            ReviewTask.objects.filter(
                Q(status=ReviewTask.Status.OPEN) | Q(round_number=round_number),
                project=project,
                image__in={question.image.pk for question in questions},
            ).values_list("image_id", "kind")
        )
        fresh = [
            ReviewTask(
                project=project,
                round_number=round_number,
                image=question.image,
                kind=question.kind,
                priority=question.priority,
                reason=question.reason,
                context=question.context,
                expected_class_id=question.expected_class,
                batch=question.batch,
                reviews_needed=reviews_needed,
                free_places=reviews_needed,
            )
            for question in questions
            if (question.image.pk, question.kind) not in asked
        ]
        ReviewTask.objects.bulk_create(fresh, batch_size=CREATE_BATCH, ignore_conflicts=True)
        counts_announce(project_id=project.pk)
    return len(fresh)


def review_tasks_withdraw(*, project: Project, round_number: int) -> int:
    """Take a round's open questions out of the queue. Returns how many there were."""
    return _withdraw(ReviewTask.objects.filter(project=project, round_number=round_number))


def batch_tasks_withdraw(*, project: Project, batch: int) -> int:
    """Take the open questions that validate a batch out of the queue. Returns how many."""
    validate = ReviewTask.Kind.VALIDATE
    return _withdraw(ReviewTask.objects.filter(project=project, batch=batch, kind=validate))


def image_tasks_withdraw(image_ids: Sequence[int]) -> int:
    """Take the open questions about images out of the queue. Returns how many there were."""
    return _withdraw(ReviewTask.objects.filter(image__in=image_ids))


@transaction.atomic
def _withdraw(tasks: QuerySet[ReviewTask]) -> int:
    withdrawn = list(tasks_lock(tasks.filter(status=ReviewTask.Status.OPEN)))
    ids = [task.pk for task in withdrawn]
    Reservation.objects.filter(task__in=ids).delete()
    ReviewTask.objects.filter(pk__in=ids).update(status=ReviewTask.Status.WITHDRAWN)
    for project_id in {task.project_id for task in withdrawn}:
        counts_announce(project_id=project_id)
    return len(ids)
