"""Bringing groups of near-duplicates back into one split, so that nothing leaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image, QualityMeasures, TrainedImage
from apps.images.quality.applying import Withdraw
from apps.images.quality.filters import NEAR_DUPLICATE
from apps.images.splits.arrivals import home_of
from apps.images.splits.reading import torn_groups
from apps.jobs.services import event_publish
from apps.projects.models import Project

Split = Image.Split
MEASURING = (Split.SELECT, Split.TEST)
LEAKS = (
    ((Split.TRAIN, Split.POOL), (Split.GUIDANCE, *MEASURING)),
    ((Split.GUIDANCE,), MEASURING),
)
"""Splits from which something would be learned of an image in those beside them."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of torn groups."""

    groups: int
    moved: int
    """Images that joined the split of their group."""
    set_apart: int
    """Images that were learned from and nearly equal one that measures."""


@transaction.atomic
def groups_mend(*, project: Project, actor: User | None) -> Mended:
    """Bring every torn group into one split.

    A group with an image in select or test belongs there: its others join it, and those that
    were learned from, or guided what was, are set apart instead. Any other group is trained on.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    torn = list(torn_groups(project))
    joining: dict[str, list[int]] = defaultdict(list)
    apart: list[int] = []
    for members in _members(project, torn):
        home = home_of({image.split for image in members} - {Split.GUIDANCE})
        for image in members:
            goes_to = _goes_to(image, home)
            if goes_to is None:
                apart.append(image.pk)
            elif goes_to != image.split:
                joining[goes_to].append(image.pk)
    for split, ids in joining.items():
        Image.objects.filter(pk__in=ids).update(split=split)
    _set_apart(apart)
    mended = Mended(len(torn), sum(map(len, joining.values())), len(apart))
    if torn:
        told = {"groups": mended.groups, "moved": mended.moved, "set_apart": mended.set_apart}
        event_publish(project_id=project.pk, kind="splits.mended", payload=told)
        audit_record(actor=actor, action="splits.mend", project_slug=project.slug, detail={**told})
    return mended


@transaction.atomic
def leaks_set_apart(*, project: Project, withdraw: Withdraw) -> int:
    """Set apart what would be learned from and nearly equals an image that measures.

    That is, of real images: in train or the pool what nearly equals one in guidance, select or
    test, and in guidance what nearly equals one in select or test; however it came there, told
    its split or uploaded again. `withdraw` takes back what people are asked about them. Restored,
    they join the split of their group. Returns how many there were.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    apart = [
        image_id
        for learning, measuring in LEAKS
        for image_id in _nearly_equal(project, learning, measuring)
    ]
    if apart:
        withdraw(apart)
        _set_apart(apart)
        reasons = {NEAR_DUPLICATE: len(apart)}
        event_publish(
            project_id=project.pk,
            kind="images.quarantined",
            payload={"count": len(apart), "reasons": reasons},
        )
    return len(apart)


def _nearly_equal(project: Project, learning: Sequence[str], measuring: Sequence[str]) -> list[int]:
    """Images of the splits `learning` whose group has an image in those of `measuring`."""
    real = Image.objects.filter(
        project=project, origin=Image.Origin.REAL, group__isnull=False
    ).exclude(status=Image.Status.QUARANTINED)
    groups = real.filter(split__in=measuring).values("group")
    found = real.filter(split__in=learning, group__in=groups).order_by("pk")
    return list(found.values_list("pk", flat=True))


def _members(project: Project, groups: Iterable[str | None]) -> Iterator[list[Image]]:
    members: dict[str, list[Image]] = defaultdict(list)
    for image in (
        Image.objects.filter(project=project, origin=Image.Origin.REAL, group__in=list(groups))
        .exclude(status=Image.Status.QUARANTINED)
        .annotate(was_trained=Exists(TrainedImage.objects.filter(image=OuterRef("pk"))))
        .only("split", "group", "annotation_class_id")
    ):
        members[str(image.group)].append(image)
    yield from members.values()


def _goes_to(image: Image, home: str) -> str | None:
    """The split that an image of a torn group joins; None where it must be set apart."""
    if home not in MEASURING:
        return Split.TRAIN if image.annotation_class_id else Split.POOL
    if image.split in MEASURING:
        return home
    if image.split == Split.GUIDANCE or getattr(image, "was_trained"):  # noqa: B009
        return None
    return home


def _set_apart(ids: list[int]) -> None:
    Image.objects.filter(pk__in=ids).update(status=Image.Status.QUARANTINED)
    QualityMeasures.objects.filter(image__in=ids).update(
        reasons=[NEAR_DUPLICATE], set_apart_at=timezone.now()
    )
