"""Groups of images that nearly equal each other.

A group is named by its first member. Whoever nearly equals a member joins, and one that
nearly equals members of two groups makes them one. But where that would tie what is learned
from to what measures, the groups stay apart and the image is torn: wherever it is used, it leaks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from apps.images.models import Image
from apps.images.quality.resemblance import Look, images_alike, looks_alike
from apps.images.splits.drawing import group_key
from apps.projects.models import Project

Met = Mapping[int, Sequence[Image]]
"""What some images nearly equal, the oldest first, by their places."""


def images_met(
    project: Project, images: Sequence[Image], looks: Sequence[Look], most_bits: int
) -> Met:
    """Which images, written or earlier among `images`, each of `images` nearly equals."""
    found = list(images_alike(project.pk, looks, most_bits))
    columns = Image.objects.only("group", "pixels_sha256", "sha256", "split", "status")
    known = columns.in_bulk({image_id for _, image_id in found})
    own = {image.pk: image for image in images if image.pk}
    met: dict[int, list[Image]] = defaultdict(list)
    for place, image_id in found:
        # Of two written images the younger meets the older.
        if not images[place].pk or image_id < images[place].pk:
            met[place].append(own.get(image_id) or known[image_id])
    if not own:
        for place, before in looks_alike(looks, most_bits):
            met[place].append(images[before])
    return met


def side_of(image: Image) -> str:
    """Where an image is used: those of the pool join train. Empty: nowhere, or not yet known."""
    if image.status == Image.Status.QUARANTINED:
        return ""
    return Image.Split.TRAIN if image.split == Image.Split.POOL else image.split


class Groups:
    """The groups that images come into by whom they meet; use it under the project's lock."""

    def __init__(self, project: Project, images: Sequence[Image], met: Met) -> None:
        self._project = project
        self._images = images
        self._into: dict[str, str] = {}
        self._torn: set[int] = set()
        everybody = [*images, *(one for found in met.values() for one in found)]
        self._sides = self._sides_of(everybody)
        for place in sorted(met):
            self._join(images[place], met[place])
        self._joined = {
            self._name(group_key(image))
            for place, found in met.items()
            for image in (images[place], *found)
        }
        for image in everybody:
            if self._name(group_key(image)) in self._joined:
                image.group = self._name(group_key(image))

    def is_torn(self, image: Image) -> bool:
        """Whether it would leak: its group, or another that it is near, is used elsewhere."""
        side = side_of(image)
        others = self._sides[self._name(group_key(image))] - {side}
        return id(image) in self._torn or bool(side and others)

    def write(self) -> None:
        """Let the rows know their groups."""
        keys = defaultdict(list)
        for key in self._into:
            keys[self._name(key)].append(key)
        rows = Image.objects.filter(project=self._project)
        for name in self._joined:
            of_group = [*keys[name], name]
            rows.filter(
                Q(group__in=keys[name])
                | Q(group=None, pixels_sha256__in=of_group)
                | Q(group=None, pixels_sha256=None, sha256__in=of_group)
            ).update(group=name)

    def _sides_of(self, images: Iterable[Image]) -> defaultdict[str, set[str]]:
        """By group: where its members are used."""
        sides: defaultdict[str, set[str]] = defaultdict(set)
        for image in images:
            if side := side_of(image):
                sides[group_key(image)].add(side)
        names = {image.group for image in images if image.group}
        if names:
            members = Image.objects.filter(project=self._project, group__in=names)
            for group, split in (
                members.exclude(status=Image.Status.QUARANTINED)
                .order_by()
                .values_list("group", "split")
                .distinct()
            ):
                sides[str(group)].add(side_of(Image(split=split)))
        return sides

    def _join(self, image: Image, met: Sequence[Image]) -> None:
        own = self._name(group_key(image))
        names = list(dict.fromkeys([*(self._name(group_key(one)) for one in met), own]))
        if len(set().union(*(self._sides[name] for name in names))) > 1:
            self._torn.add(id(image))
            # It joins one of them all the same, but brings its own side to none.
            names = [names[0], own] if image.group is None else [own]
            self._sides[own] = self._sides[names[0]]
        for name in names[1:]:
            if name != names[0]:
                self._into[name] = names[0]
                self._sides[names[0]] |= self._sides[name]

    def _name(self, key: str) -> str:
        while key in self._into:
            key = self._into[key]
        return key
