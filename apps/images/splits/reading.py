"""Reading how a project's annotated real images lie in the splits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, F, QuerySet, Value, When

from apps.images.models import Image, SplitPolicy
from apps.images.splits.arrivals import annotated_real
from apps.images.splits.shares import MEASURING
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list

Split = Image.Split
COLUMNS = (Split.TRAIN, Split.GUIDANCE, Split.SELECT, Split.TEST)


@dataclass(frozen=True, slots=True)
class ClassSplits:
    """A class's annotated real images by split."""

    name: str
    position: int
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """In all splits."""
        return sum(self.counts.values())

    @property
    def in_order(self) -> list[tuple[str, int]]:
        """Each split with its images, as pages show them."""
        return [(split, self.counts[split]) for split in COLUMNS]

    def short(self, least: int) -> dict[str, int]:
        """By measuring split: how many it has, where that is fewer than `least`."""
        return {
            str(split): self.counts[split]
            for split in reversed(MEASURING)
            if self.counts[split] < least
        }


def split_policy_get(project: Project) -> SplitPolicy | None:
    """The project's policy; None where all that has a class is trained on."""
    return SplitPolicy.objects.filter(project=project).first()


def class_splits(project: Project) -> list[ClassSplits]:
    """Every class of the project in the order of its position."""
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    rows = (
        annotated_real(project.pk)
        .order_by()
        .values_list("annotation_class__position", "split")
        .annotate(count=Count("pk"))
    )
    for position, split, count in rows:
        # An annotated image may have been told to wait in the pool; it is in no split yet.
        if split in COLUMNS:
            counts[position][split] += count
    return [
        ClassSplits(known.name, known.position, counts[known.position])
        for known in annotation_class_list(project)
    ]


def torn_groups(project: Project) -> QuerySet[Any, str | None]:
    """The groups of near-duplicates that lie in more than one split, so that one leaks.

    The pool counts as train, which its images join once people annotate them.
    """
    side = Case(
        When(split=Split.POOL, then=Value(str(Split.TRAIN))),
        default=F("split"),
        output_field=CharField(),
    )
    return (
        Image.objects.filter(project=project, origin=Image.Origin.REAL, group__isnull=False)
        .exclude(status=Image.Status.QUARANTINED)
        .order_by()
        .values("group")
        .annotate(sides=Count(side, distinct=True))
        .filter(sides__gt=1)
        .order_by("group")
        .values_list("group", flat=True)
    )
