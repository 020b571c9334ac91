"""The splits of images that come in, decided once, before they are written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q, QuerySet

from apps.images.models import Image, SplitPolicy
from apps.images.splits.drawing import draw, fraction, group_key
from apps.images.splits.shares import (
    HELD_OUT,
    LEAST_IS_OF,
    MEASURING,
    Group,
    least_of,
    parting,
    split_by_place,
)
from apps.projects.models import Project

Split = Image.Split
HOMES = (Split.SELECT, Split.TEST, Split.GUIDANCE)
"""Where a group belongs that lies in several splits, the first of them that it has: an image
near one that chooses cannot confirm, and one near either cannot be learned from."""


def arrivals_part(*, project: Project, new: Sequence[Image]) -> None:
    """Give each image of a batch that was told no split its own; call it under the project's lock.

    An image with a class joins train and one without the pool, unless the project has an
    automatic policy. Then an image follows those that it nearly equals, and a group's place
    decides; a class that is short in select or test gets what it lacks from the batch.
    """
    untold = [image for image in new if not image.split]
    for image in untold:
        image.split = Split.POOL if image.annotation_class_id is None else Split.TRAIN
    real = [image for image in untold if image.origin == Image.Origin.REAL]
    policy = real and SplitPolicy.objects.filter(project=project, is_automatic=True).first()
    if not policy:
        return
    waiting = {id(image) for image in real}
    homes = _homes(project, [image for image in new if id(image) not in waiting], real)
    groups: dict[str, list[Image]] = defaultdict(list)
    for image in real:
        groups[group_key(image)].append(image)
    fresh = {}
    for key, members in groups.items():
        if key in homes:
            _move(members, homes[key])
        elif any(image.annotation_class_id for image in members):
            _move(members, split_by_place(policy, fraction(policy.seed, key)))
            if counted := [image for image in members if _counts(image)]:
                fresh[key] = _group(key, counted)
    for group, split in parting(
        sorted(
            (group for key, group in fresh.items() if groups[key][0].split not in HELD_OUT),
            key=lambda group: draw(policy.seed, group.key),
        ),
        _short(policy, new, {group.position for group in fresh.values()}),
    ):
        _move(groups[group.key], split)


def home_of(splits: Iterable[str]) -> str:
    """The split where a group belongs of which members lie in these."""
    present = set(splits)
    return next((split for split in HOMES if split in present), Split.TRAIN)


def _move(members: Iterable[Image], split: str) -> None:
    if split in HELD_OUT:
        for image in members:
            image.split = split


def _group(key: str, annotated: Sequence[Image]) -> Group[Image]:
    positions = [image.annotation_class.position for image in annotated if image.annotation_class]
    return Group(key, min(positions), annotated)


def _homes(project: Project, told: Iterable[Image], real: Iterable[Image]) -> Mapping[str, str]:
    """By key: the home of each group that has members already, or whose split was told."""
    splits: dict[str, set[str]] = defaultdict(set)
    for image in told:
        if image.origin == Image.Origin.REAL:
            splits[group_key(image)].add(image.split)
    keys = {image.group for image in real if image.group}
    if keys:
        standing = Image.objects.filter(project=project, origin=Image.Origin.REAL)
        for image in standing.filter(Q(group__in=keys) | Q(pixels_sha256__in=keys)).only(
            "group", "pixels_sha256", "sha256", "split"
        ):
            splits[group_key(image)].add(image.split)
    return {key: home_of(found) for key, found in splits.items()}


def _short(
    policy: SplitPolicy, new: Sequence[Image], positions: Iterable[int]
) -> dict[int, dict[str, int]]:
    """What each class of the batch lacks of its least number in select and in test."""
    coming = Counter(
        (image.annotation_class.position, image.split)
        for image in new
        if image.annotation_class and _counts(image)
    )
    wanted = {}
    for position in positions:
        standing = annotated_real(policy.project_id).filter(annotation_class__position=position)
        here = sum(count for (mine, _), count in coming.items() if mine == position)
        least = least_of(policy, here + _up_to(standing, LEAST_IS_OF * policy.least_per_class))
        wanted[position] = {
            str(split): least
            - coming[position, split]
            - _up_to(standing.filter(split=split), least)
            for split in MEASURING
        }
    return wanted


def annotated_real(project_id: int) -> QuerySet[Image]:
    """The images that splits are made of."""
    return Image.objects.filter(
        project=project_id,
        origin=Image.Origin.REAL,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
    )


def _counts(image: Image) -> bool:
    return (
        image.origin == Image.Origin.REAL
        and image.status == Image.Status.ACCEPTED
        and image.annotation_class_id is not None
    )


def _up_to(images: QuerySet[Image], most: int) -> int:
    """How many images, counted no further than it matters: a class may have a million."""
    return images[:most].count() if most else 0
