"""Reading the queue: its settings, its counts, and who did how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import Reservation, Review, ReviewSettings, ReviewTask


def review_settings_get(project: Project) -> ReviewSettings:
    """The project's review settings; unsaved defaults where nobody has changed them."""
    return ReviewSettings.objects.filter(project=project).first() or ReviewSettings(project=project)


def open_by_reviews_needed(project: Project) -> dict[int, int]:
    """How many open questions take how many people's answers."""
    tasks = ReviewTask.objects.filter(project=project, status=ReviewTask.Status.OPEN)
    rows = tasks.values_list("reviews_needed").annotate(Count("pk")).order_by("reviews_needed")
    return dict(rows)


@dataclass(frozen=True, slots=True)
class KindCounts:
    """How many tasks of a kind wait for a person, are held by one, and are done."""

    open: int = 0
    held: int = 0
    done: int = 0


def queue_counts(project: Project, round_number: int | None = None) -> dict[str, KindCounts]:
    """The queue's counts by kind, of one round or of all."""
    tasks = ReviewTask.objects.filter(project=project)
    if round_number is not None:
        tasks = tasks.filter(round_number=round_number)
    rows = tasks.values("kind").annotate(
        open=Count("pk", filter=Q(status=ReviewTask.Status.OPEN)),
        done=Count("pk", filter=Q(status=ReviewTask.Status.DONE)),
    )
    held = dict(
        Reservation.objects.filter(task__in=tasks, expires_at__gt=timezone.now())
        .values_list("task__kind")
        .annotate(Count("task", distinct=True))
    )
    counts = {kind: KindCounts() for kind in ReviewTask.Kind.values}
    for row in rows:
        kept = held.get(row["kind"], 0)
        counts[row["kind"]] = KindCounts(open=row["open"] - kept, held=kept, done=row["done"])
    return counts


def round_counts(project_id: int) -> dict[str, int | None]:
    """What `review.counted` says of the newest round: done and open tasks by kind."""
    tasks = ReviewTask.objects.filter(project_id=project_id)
    number = tasks.aggregate(newest=Max("round_number"))["newest"]
    by = {
        (row["kind"], row["status"]): row["count"]
        for row in tasks.filter(round_number=number)
        .values("kind", "status")
        .annotate(count=Count("pk"))
    }
    kind, status = ReviewTask.Kind, ReviewTask.Status
    return {
        "round": number,
        "annotated": by.get((kind.ANNOTATE, status.DONE), 0),
        "validated": by.get((kind.VALIDATE, status.DONE), 0),
        "open_annotate": by.get((kind.ANNOTATE, status.OPEN), 0),
        "open_validate": by.get((kind.VALIDATE, status.OPEN), 0),
    }


COUNTED = 1000


def waiting_counts(project: Project) -> dict[str, int]:
    """How many tasks of each kind somebody may take now; no more than 1,000 are counted."""
    waiting = ReviewTask.objects.filter(
        project=project, status=ReviewTask.Status.OPEN, free_places__gt=0
    )
    return {
        kind: waiting.filter(kind=kind).order_by("-priority", "pk")[:COUNTED].count()
        for kind in ReviewTask.Kind.values
    }


@dataclass(frozen=True, slots=True)
class PersonCounts:
    """What one person has reviewed: standing answers by kind, and seconds an answer."""

    username: str
    annotated: int
    validated: int
    mean_seconds: float
    last_at: datetime


def person_counts(project: Project, round_number: int | None = None) -> list[PersonCounts]:
    """Who reviewed how much, most first, in one round or in all."""
    reviews = Review.objects.filter(task__project=project, superseded_at=None)
    if round_number is not None:
        reviews = reviews.filter(task__round_number=round_number)
    rows = (
        reviews.values(username=F("user__username"))
        .annotate(
            annotated=Count("pk", filter=Q(task__kind=ReviewTask.Kind.ANNOTATE)),
            validated=Count("pk", filter=Q(task__kind=ReviewTask.Kind.VALIDATE)),
            mean_seconds=Avg("seconds"),
            last_at=Max("created_at"),
            total=Count("pk"),
        )
        .order_by("-total", "username")
    )
    return [
        PersonCounts(
            row["username"],
            row["annotated"],
            row["validated"],
            row["mean_seconds"],
            row["last_at"],
        )
        for row in rows
    ]


def class_examples(project: Project) -> dict[int, int]:
    """For each annotation class that has one, the id of its first real training image."""
    accepted = Image.objects.filter(
        annotation_class=OuterRef("pk"),
        project=project,
        origin=Image.Origin.REAL,
        split=Image.Split.TRAIN,
        status=Image.Status.ACCEPTED,
    )
    examples = project.annotation_classes.annotate(
        example=Subquery(accepted.order_by("pk").values("pk")[:1])
    )
    return dict(examples.exclude(example=None).values_list("pk", "example"))


def image_reviews(image: Image, asked_by: User | None = None) -> QuerySet[Review]:
    """An image's answers, newest first, those taken back included.

    An annotator (`asked_by`) sees of questions that may still be put to them no answers but their
    own: people must answer without knowing what others said. Looks of a realism test are told
    once it is done: until then they would say which image it was.
    """
    tests = ReviewTask.objects.filter(image=image).exclude(realism_test=None)
    asked = ReviewTask.objects.filter(
        realism_test__in=tests.values("realism_test"), status=ReviewTask.Status.OPEN
    )
    reviews = Review.objects.filter(task__image=image).exclude(
        task__in=tests.filter(realism_test__in=asked.values("realism_test"))
    )
    if asked_by is not None:
        may_be_asked = Q(task__status__in=[ReviewTask.Status.OPEN, ReviewTask.Status.GOLD])
        reviews = reviews.exclude(may_be_asked & ~Q(user=asked_by))
    return reviews.select_related("user", "task", "annotation_class").order_by("-created_at")


def standing_reviews(task: ReviewTask) -> list[Review]:
    """A task's answers that nobody took back, oldest first, each with its class."""
    standing = task.reviews.filter(superseded_at=None).select_related("annotation_class")
    return list(standing.order_by("created_at"))


def image_state(image: Image) -> dict[str, Any]:
    """What a finished task changes about an image."""
    return {
        "status": image.status,
        "split": image.split,
        "annotation_class_id": image.annotation_class_id,
    }
