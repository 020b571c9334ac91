"""Adjudication: where people's answers to a task differ, a reviewer sees them all and decides.

The adjudication is a task of its own, about the disputed one; its answer is judged, taken
back and kept like any other (`judgements`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.projects.models import Project
from apps.projects.selectors import RANK, Role, project_role
from apps.review.models import Remark, Reservation, Review, ReviewTask
from apps.review.queue.reservations import tasks_lock

PRIORITY = 100.0
"""Above all that the loop asks: people have spent their time on it already."""
REASON = "disputed"

Kind = ReviewTask.Kind
Status = ReviewTask.Status


def may_adjudicate(user: User, project: Project) -> bool:
    """Whether a person may see others' answers and decide over them: reviewers and managers."""
    role = project_role(user, project)
    return role is not None and RANK[role] >= RANK[Role.REVIEWER]


def adjudication_ask(*, task: ReviewTask) -> ReviewTask:
    """Put a disputed task before one reviewer. The caller has locked it.

    Asking again changes nothing. An open adjudication of an older question about the same
    image gives way to this one. The round's end does not withdraw it: it belongs to none.
    """
    asked = ReviewTask.objects.filter(image=task.image_id, kind=Kind.ADJUDICATE, status=Status.OPEN)
    known = asked.filter(about=task).first()
    if known:
        return known
    _withdraw(list(tasks_lock(asked)))
    return ReviewTask.objects.create(
        project_id=task.project_id,
        image_id=task.image_id,
        kind=Kind.ADJUDICATE,
        about=task,
        priority=PRIORITY,
        reason=REASON,
        expected_class_id=task.expected_class_id,
        batch=task.batch,
        context=task.context,
        reviews_needed=1,
        free_places=1,
    )


def adjudication_withdraw(*, task: ReviewTask) -> int:
    """Take the question about a task back that is disputed no more. Returns how many there were."""
    with transaction.atomic():
        asked = task.adjudications.filter(status=Status.OPEN)
        return _withdraw(list(tasks_lock(asked)))


def _withdraw(tasks: list[ReviewTask]) -> int:
    ids = [task.pk for task in tasks]
    Reservation.objects.filter(task__in=ids).delete()
    return ReviewTask.objects.filter(pk__in=ids).update(status=Status.WITHDRAWN)


def disputed_answers(tasks: Sequence[ReviewTask]) -> dict[int, list[dict[str, Any]]]:
    """What people answered to the tasks that these adjudications are about, oldest first.

    By the adjudication's id; each as {person, verdict, class, reasons, seconds, comments}.
    """
    about = {task.about_id: task.pk for task in tasks if task.about_id is not None}
    reviews = Review.objects.filter(task__in=about, superseded_at=None).select_related(
        "user", "annotation_class"
    )
    comments = _comments(list(about))
    answers = defaultdict(list)
    for review in reviews.order_by("created_at"):
        answers[about[review.task_id]].append(
            {
                "person": review.user.username,
                "verdict": review.verdict,
                "class": review.annotation_class.name if review.annotation_class else None,
                "reasons": review.reasons,
                "seconds": review.seconds,
                "comments": comments[review.task_id, review.user_id],
            }
        )
    return dict(answers)


def _comments(task_ids: list[int | None]) -> defaultdict[tuple[int, int], list[str]]:
    """What people said beside their answers, by task and person."""
    said: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    remarks = Remark.objects.filter(task__in=task_ids).exclude(kind=Remark.Kind.BOOKMARK)
    for remark in remarks.exclude(text="").order_by("pk"):
        said[remark.task_id, remark.user_id].append(remark.text)
    return said
