"""Gold tasks: questions whose answer is known, asked among others to check people.

Everybody may be asked a gold task once. It never finishes, and never touches its image.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.answers.consensus import TURNED_DOWN
from apps.review.models import (
    Judgement,
    Reservation,
    Review,
    Reviewer,
    ReviewSettings,
    ReviewTask,
)
from apps.review.queue.reservations import reservation_release, tasks_lock
from apps.review.selectors import review_settings_get

PLACES = 30_000
"""More people than a gold task will ever meet, and a small whole number's room."""
LIKE = 100
"""Of so many recent tasks one is drawn, for a gold task to look like."""
MOST_MADE = 500
"""Gold tasks that are made at once."""
UNANIMOUS = 0.9999
"""The confidence from which on nobody differed; it is kept to four decimals."""
Kind = ReviewTask.Kind
Verdict = Review.Verdict


# --- Reading --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class GoldAccuracy:
    """How a person did on the gold tasks that count: the last of a window."""

    asked: int
    right: int

    @property
    def share(self) -> float | None:
        """Right of those asked, 0 to 1; None before the first."""
        return self.right / self.asked if self.asked else None


def gold_accuracy(
    project: Project, user: User, *, window: int, reviewer: Reviewer | None = None
) -> GoldAccuracy:
    """A person's last `window` gold answers, those before a manager let them go on left out."""
    answers = Review.objects.filter(
        user=user, task__project=project, gold_right__isnull=False, superseded_at=None
    )
    if reviewer is not None and reviewer.gold_since is not None:
        answers = answers.filter(created_at__gt=reviewer.gold_since)
    right = list(answers.order_by("-created_at").values_list("gold_right", flat=True)[:window])
    return GoldAccuracy(len(right), sum(1 for is_right in right if is_right))


def gold_task_list(project: Project) -> QuerySet[ReviewTask]:
    """The project's gold tasks, newest first, each with its image and class.

    With how often each was answered (`asked`), and rightly (`right`).
    """
    gold = ReviewTask.objects.filter(project=project, status=ReviewTask.Status.GOLD)
    standing = Q(reviews__superseded_at=None)
    counted = gold.annotate(
        asked=Count("reviews", filter=standing),
        right=Count("reviews", filter=standing & Q(reviews__gold_right=True)),
    )
    return counted.select_related("image", "gold_class").order_by("-pk")


def gold_right(task: ReviewTask, verdict: str, class_id: int | None) -> bool:
    """Whether an answer to a gold task is right.

    Of a synthetic image that is to be turned down any reason is right: people differ in
    what they call a fault, not in seeing it.
    """
    if task.gold_verdict in TURNED_DOWN:
        return verdict in TURNED_DOWN
    named = class_id if task.gold_verdict == Verdict.CLASS else None
    return (verdict, named) == (task.gold_verdict, task.gold_class_id)


# --- Making ---------------------------------------------------------------------------------
def gold_tasks_create(
    *,
    project: Project,
    images: Collection[int] | None = None,
    count: int = 0,
    actor: User | None = None,
) -> list[ReviewTask]:
    """Make gold tasks of images: of these, for which a manager stands, or of `count` at random.

    At random only those are drawn whose class came with them, or that a reviewer decided or
    several people agreed about to a man: one person's slip must not become the truth
    that others are measured by. Real images are to be annotated, synthetic ones validated
    as they were judged. Images that are gold already, that wait in the queue, or that
    nobody may be shown (of the splits select and test) are passed over. Returns the new tasks.
    """
    known = _known(project)
    if images is not None:
        chosen = list(known.filter(pk__in=images))
    else:
        chosen = list(known.exclude(_doubtful(project)).order_by("?")[:count])
    with transaction.atomic():
        tasks = [task for image in chosen if (task := _gold_task(image))]
        made = ReviewTask.objects.bulk_create(tasks)
        detail: dict[str, object] = {"tasks": [task.pk for task in made]}
        audit_record(actor=actor, action="gold.create", project_slug=project.slug, detail=detail)
        return made


def _known(project: Project) -> QuerySet[Image]:
    waiting_or_gold = ReviewTask.objects.filter(
        image=OuterRef("pk"), status__in=[ReviewTask.Status.OPEN, ReviewTask.Status.GOLD]
    )
    return Image.objects.filter(
        ~Exists(waiting_or_gold),
        project=project,
        split=Image.Split.TRAIN,
        status__in=[Image.Status.ACCEPTED, Image.Status.REFUSED],
    )


def _doubtful(project: Project) -> Exists:
    """Images that one person alone judged, or about whom several differed."""
    several = Review.objects.filter(judgements=OuterRef("pk")).values("judgements")
    judged = Judgement.objects.filter(
        task__project=project, task__image=OuterRef("pk"), superseded_at=None
    ).exclude(method=Judgement.Method.ADJUDICATED)
    counted = judged.annotate(answers=Subquery(several.annotate(count=Count("pk")).values("count")))
    return Exists(counted.exclude(answers__gt=1, confidence__gte=UNANIMOUS))


def _gold_task(image: Image) -> ReviewTask | None:
    """An image's gold task; None where what was judged of it makes none."""
    judgement = (
        Judgement.objects.filter(task__image=image, superseded_at=None)
        .exclude(verdict__in=["", Verdict.UNCLEAR])
        .exclude(task__kind=Kind.REALISM)
        .select_related("task")
        .order_by("-pk")
        .first()
    )
    if image.origin == Image.Origin.REAL:
        kind, verdict, class_id = Kind.ANNOTATE, Verdict.CLASS.value, image.annotation_class_id
    elif judgement is not None:
        kind, verdict, class_id = Kind.VALIDATE, judgement.verdict, None
    else:
        return None
    if kind == Kind.ANNOTATE and class_id is None:
        return None
    like = judgement.task if judgement and judgement.task.kind == kind else _like(image, kind)
    return ReviewTask(
        project_id=image.project_id,
        image=image,
        kind=kind,
        status=ReviewTask.Status.GOLD,
        expected_class_id=class_id or (like.expected_class_id if like else None),
        reason=like.reason if like else "",
        context=_context(like, class_id),
        gold_verdict=verdict,
        gold_class_id=class_id,
        reviews_needed=PLACES,
        free_places=PLACES,
    )


def _like(image: Image, kind: str) -> ReviewTask | None:
    """A recent task that a gold one can be told like, so that nothing beside the image differs."""
    recent = ReviewTask.objects.filter(project=image.project_id, kind=kind).exclude(
        status=ReviewTask.Status.GOLD
    )
    tasks = list(recent.order_by("-pk")[:LIKE])
    return random.choice(tasks) if tasks else None  # noqa: S311 — nothing is secret here


def _context(like: ReviewTask | None, class_id: int | None) -> dict[str, Any]:
    if like is None:
        return {}
    return {**like.context, "guess": class_id} if class_id else dict(like.context)


def gold_task_retire(*, task: ReviewTask, actor: User | None = None) -> None:
    """Ask a gold task no more. What was answered stays and counts."""
    with transaction.atomic():
        [locked] = tasks_lock(ReviewTask.objects.filter(pk=task.pk))
        Reservation.objects.filter(task=locked).delete()
        ReviewTask.objects.filter(pk=locked.pk).update(status=ReviewTask.Status.WITHDRAWN)
        audit_record(
            actor=actor,
            action="gold.retire",
            project_slug=task.project.slug,
            detail={"task": task.pk},
        )


# --- Checking people ------------------------------------------------------------------------
def gold_standing_update(*, project: Project, user: User) -> None:
    """Warn or pause a person whose gold accuracy has fallen, as the project's policy says.

    A full window counts: before that nobody is judged. Who is warned and does better is
    warned no more; who is paused is so until a manager lets them go on. The caller has
    locked the person.
    """
    settings = review_settings_get(project)
    if settings.gold_action == ReviewSettings.GoldAction.NOTHING:
        return
    reviewer, _ = Reviewer.objects.get_or_create(project=project, user=user)
    accuracy = gold_accuracy(project, user, window=settings.gold_window, reviewer=reviewer)
    if accuracy.share is None or accuracy.asked < settings.gold_window:
        return
    has_fallen = accuracy.share < settings.gold_floor
    if has_fallen and settings.gold_action == ReviewSettings.GoldAction.PAUSE:
        reviewer.paused_at = reviewer.paused_at or timezone.now()
        reservation_release(project=project, user=user)
    elif has_fallen:
        reviewer.warned_at = reviewer.warned_at or timezone.now()
    else:
        reviewer.warned_at = None
    reviewer.save(update_fields=["paused_at", "warned_at"])
