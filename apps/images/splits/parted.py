"""Parting the images that a project has: what it would do, and doing it.

Only images that may still measure are moved, out of train: those that no model was
trained on, that nobody chose because a model was unsure of them, and whose near-duplicates
are free too. What is held out already stays where it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import (
    CharField,
    Func,
    Min,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Concat

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image, SplitPolicy
from apps.images.splits.arrivals import annotated_real
from apps.images.splits.reading import ClassSplits, class_splits
from apps.images.splits.shares import HELD_OUT, Group, parting, targets
from apps.jobs.services import event_publish
from apps.projects.models import Project

Split = Image.Split
A_BATCH = 2000


Move = tuple[Group[int], str]
"""Ids of images that go together, and the split that they go to."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What parting does: images by class and split, before and after."""

    before: list[ClassSplits]
    after: list[ClassSplits]
    stuck: dict[str, int] = field(default_factory=dict)
    """Images that stay in train whatever is asked, by why."""

    @property
    def moved(self) -> int:
        """Images that leave train."""
        return sum(
            before.counts[Split.TRAIN] - after.counts[Split.TRAIN]
            for before, after in zip(self.before, self.after, strict=True)
        )

    @property
    def rows(self) -> Iterator[tuple[ClassSplits, ClassSplits]]:
        """Each class before and after."""
        return zip(self.before, self.after, strict=True)


def parting_preview(*, project: Project, policy: SplitPolicy) -> Preview:
    """What `images_part` would do by this policy, which need not be saved."""
    before = class_splits(project)
    return Preview(before, _after(before, _moves(policy, before)), _stuck(project))


@transaction.atomic
def images_part(*, policy: SplitPolicy, actor: User | None) -> Preview:
    """Move what the policy wants out of train; doing it again moves nothing more."""
    project = Project.objects.select_for_update(no_key=True).get(pk=policy.project_id)
    before = class_splits(project)
    moves = list(_moves(policy, before))
    preview = Preview(before, _after(before, moves), _stuck(project))
    moves_write(project, moves)
    if preview.moved:
        told = {"moved": preview.moved, "seed": policy.seed}
        event_publish(project_id=project.pk, kind="splits.parted", payload=told)
        audit_record(actor=actor, action="splits.part", project_slug=project.slug, detail={**told})
    return preview


def _moves(policy: SplitPolicy, before: Iterable[ClassSplits]) -> Iterator[Move]:
    wanted = {
        standing.position: {
            split: count - standing.counts[split]
            for split, count in targets(policy, standing.total).items()
        }
        for standing in before
    }
    return parting(groups_drawn(_free(policy), policy.seed), wanted)


def _after(before: Iterable[ClassSplits], moves: Iterable[Move]) -> list[ClassSplits]:
    moved: dict[int, Counter[str]] = defaultdict(Counter)
    for group, split in moves:
        moved[group.position][split] += len(group.members)
        moved[group.position][Split.TRAIN] -= len(group.members)
    return [
        ClassSplits(
            standing.name,
            standing.position,
            {
                split: count + moved[standing.position][split]
                for split, count in standing.counts.items()
            },
        )
        for standing in before
    ]


class Draw(Func):
    """`drawing.draw`, done by the database."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = CharField()


def _free(policy: SplitPolicy) -> QuerySet[Image]:
    """The images of train that may be moved."""
    return (
        annotated_real(policy.project_id)
        .filter(split=Split.TRAIN, trained__isnull=True, review_tasks__isnull=True)
        .exclude(group__in=_bound_groups(policy.project_id))
    )


def groups_drawn(images: QuerySet[Image], seed: int) -> Iterator[Group[int]]:
    """Annotated images by their ids, near-duplicates together, in the random order of a seed."""
    rows: QuerySet[Any, Any] = (
        images.order_by()
        .values(key=Coalesce("group", "pixels_sha256", "sha256"))
        .annotate(
            position=Min("annotation_class__position"),
            ids=ArrayAgg("pk"),
            drawn=Draw(Concat(Value(f"{seed}:"), "key", output_field=TextField())),
        )
        .order_by("drawn", "key")
    )
    for row in rows.iterator(chunk_size=A_BATCH):
        yield Group(row["key"], row["position"], row["ids"])


def _bound_groups(project_id: int) -> QuerySet[Any, Any]:
    """The groups of which a member holds the others where they are."""
    grouped = Image.objects.filter(project=project_id, group__isnull=False)
    bound = Q(split__in=HELD_OUT) | Q(trained__isnull=False) | Q(review_tasks__isnull=False)
    return grouped.filter(bound).order_by().values("group")


def _stuck(project: Project) -> dict[str, int]:
    train = annotated_real(project.pk).filter(split=Split.TRAIN)
    fresh = train.filter(trained__isnull=True)
    unasked = fresh.filter(review_tasks__isnull=True)
    counts = {
        "a model was trained on them": train.filter(trained__isnull=False).count(),
        "people were asked about them, because a model was unsure or to check people": fresh.filter(
            review_tasks__isnull=False
        )
        .distinct()
        .count(),
        "they nearly equal an image of these kinds, or one that is held out": unasked.filter(
            group__in=_bound_groups(project.pk)
        ).count(),
    }
    return {why: count for why, count in counts.items() if count}


def moves_write(project: Project, moves: Sequence[Move]) -> None:
    """Move annotated images, and the pool images that nearly equal them."""
    for split in HELD_OUT:
        groups = [group for group, goes_to in moves if goes_to == split]
        for begin in range(0, len(groups), A_BATCH):
            some = groups[begin : begin + A_BATCH]
            ids = [pk for group in some for pk in group.members]
            Image.objects.filter(pk__in=ids).update(split=split)
            Image.objects.filter(
                project=project, group__in=[group.key for group in some], split=Split.POOL
            ).update(split=split)
