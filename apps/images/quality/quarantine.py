"""Images that are set apart: reading them, and counts over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from apps.images.models import Image, QualityMeasures, QualityPolicy, Refusal
from apps.images.quality.filters import REASON_WORDS
from apps.jobs.models import Job
from apps.projects.models import Project

DAYS = 30
APPLYING = "apply_quality"
"""The kind of the job that lays a policy over the images that are there."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was stopped on one day."""

    day: date
    set_apart: dict[str, int]
    """Images by reason; one with two reasons counts for both."""
    refused: int
    """Files refused at the door: broken, too small, no images."""

    @property
    def set_apart_total(self) -> int:
        """Of all reasons."""
        return sum(self.set_apart.values())

    @property
    def in_words(self) -> list[tuple[str, int]]:
        """Each reason in words, and its images."""
        return [(REASON_WORDS.get(name, name), count) for name, count in self.set_apart.items()]


def set_apart_list(project: Project, reason: str = "") -> QuerySet[Image]:
    """The images that are set apart, for any reason or one, with their measures, newest first."""
    images = Image.objects.filter(
        project=project, status=Image.Status.QUARANTINED, measures__isnull=False
    )
    if reason:
        images = images.filter(measures__reasons__contains=[reason])
    return images.select_related("measures", "annotation_class").order_by("-pk")


def set_apart_counts(project: Project) -> dict[str, int]:
    """How many images are set apart by reason, most first."""
    rows = (
        QualityMeasures.objects.filter(
            project=project, set_apart_at__isnull=False, image__status=Image.Status.QUARANTINED
        )
        .annotate(reason=Func(F("reasons"), function="unnest"))
        .order_by()
        .values_list("reason")
        .annotate(count=Count("pk"))
        .order_by("-count", "reason")
    )
    return dict(rows)


def stopped_by_day(project: Project, days: int = DAYS) -> list[Day]:
    """What was set apart and refused on each of the last days, today last.

    Images that people restored since count on the day on which they were set apart; those
    that a changed policy let go do not.
    """
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    set_apart: dict[date, Counter[str]] = defaultdict(Counter)
    for day, reason, count in (
        QualityMeasures.objects.filter(project=project, set_apart_at__date__gte=first)
        .annotate(day=TruncDate("set_apart_at"), reason=Func(F("reasons"), function="unnest"))
        .order_by()
        .values_list("day", "reason")
        .annotate(count=Count("pk"))
    ):
        set_apart[day][reason] += count
    refused = dict(
        Refusal.objects.filter(project=project, created_at__date__gte=first)
        .annotate(day=TruncDate("created_at"))
        .order_by()
        .values_list("day")
        .annotate(count=Count("pk"))
    )
    return [
        Day(day, dict(set_apart[day]), refused.get(day, 0))
        for day in (first + timedelta(days=ago) for ago in range(days))
    ]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How much of the project nearly equals something else."""

    groups: int
    images: int


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """How far the policy was laid over the images that are there."""

    job: Job | None
    """The newest that does so."""
    is_outdated: bool
    """Whether the policy was changed since, or never applied while images are there."""
    protected: int
    """Images that no filter touches: people answered about them, or restored them."""


def group_counts(project: Project) -> GroupCounts:
    """Groups of near-duplicates, and the images in them."""
    grouped = Image.objects.filter(project=project, group__isnull=False).order_by()
    counts = grouped.aggregate(groups=Count("group", distinct=True), images=Count("pk"))
    return GroupCounts(counts["groups"], counts["images"])


def application_state(project: Project) -> ApplicationState:
    """Where applying the policy stands."""
    job = Job.objects.filter(project=project, kind=APPLYING).order_by("-created_at").first()
    policy = QualityPolicy.objects.filter(project=project).first()
    real = Image.objects.filter(project=project, origin=Image.Origin.REAL)
    return ApplicationState(
        job=job,
        is_outdated=policy is not None and (job is None or job.created_at < policy.changed_at),
        protected=real.filter(
            Exists(standing_answers()) | Q(measures__restored_at__isnull=False)
        ).count(),
    )


def standing_answers() -> QuerySet[Image]:
    """Of an outer image: itself, where people have answered about it and not taken that back."""
    return Image.objects.filter(
        pk=OuterRef("pk"),
        review_tasks__reviews__isnull=False,
        review_tasks__reviews__superseded_at=None,
    )
