"""Reading slices, and which images they have."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from apps.images.models import Image, Slice, SlicedImage
from apps.projects.models import Project

# Of all slices at once, however many there are; a rule that is null contains nothing.
COUNTS = """
SELECT slice, split,
    origin = 'real' AND status = 'accepted' AND annotation_class_id IS NOT NULL AS measures,
    split IN ('pool', 'guidance') AND status <> 'quarantined' AS can_be_aimed_at,
    count(*)
FROM (
    SELECT slice.id AS slice, image.split, image.origin, image.status, image.annotation_class_id
    FROM images_slice slice
    JOIN images_image image
        ON image.project_id = slice.project_id AND image.metadata @> slice.rule
    WHERE slice.id = ANY(%s)
    UNION ALL
    SELECT sliced.slice_id, image.split, image.origin, image.status, image.annotation_class_id
    FROM images_slicedimage sliced
    JOIN images_image image ON image.id = sliced.image_id
    WHERE sliced.slice_id = ANY(%s)
) member GROUP BY 1, 2, 3, 4
"""
# One look-up a hash; asked for all at once, the planner reads through the whole table.
MEMBERS = """
WITH asked AS MATERIALIZED (
    SELECT given.place, image.id, image.metadata
    FROM unnest(%s::text[]) WITH ORDINALITY given (digest, place)
    CROSS JOIN LATERAL (
        SELECT id, metadata FROM images_image
        WHERE project_id = %s AND sha256 = given.digest LIMIT 1
    ) image
)
SELECT slice.id, asked.place - 1 FROM images_slice slice
JOIN asked ON asked.metadata @> slice.rule WHERE slice.project_id = %s
UNION ALL
SELECT sliced.slice_id, asked.place - 1 FROM asked
JOIN images_slicedimage sliced ON sliced.image_id = asked.id
"""

NEWEST, KEYS, VALUES = 500, 8, 4
"""Real images whose metadata are read for what rules could ask; shown of it."""


@dataclass(slots=True)
class SliceCounts:
    """How many images a slice has."""

    images: int = 0
    """Of whatever origin, status and split."""
    can_be_aimed_at: int = 0
    """Those of the pool and guidance that are not set apart."""
    annotated: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(map(str, Image.Split.values), 0)
    )
    """Real ones that people stand behind, by split: in `select` and `test` they measure."""


def slice_list(project: Project) -> QuerySet[Slice]:
    """The project's slices, by name."""
    return Slice.objects.filter(project=project).order_by("name")


def slice_get(project: Project, slice_id: int) -> Slice:
    """One of them. Raises Http404."""
    return get_object_or_404(Slice, project=project, pk=slice_id)


def slice_condition(slice_: Slice) -> Q:
    """What an image of the slice's project must be to belong to it."""
    if slice_.is_by_hand:
        return Q(pk__in=SlicedImage.objects.filter(slice=slice_).values("image"))
    return Q(metadata__contains=slice_.rule)


def slice_images(slice_: Slice) -> QuerySet[Image]:
    """Its images, newest first, with their classes."""
    images = Image.objects.filter(slice_condition(slice_), project=slice_.project_id)
    return images.select_related("annotation_class").order_by("-pk")


def slices_of(image: Image) -> QuerySet[Slice]:
    """The slices that an image belongs to, by name."""
    by_hand = SlicedImage.objects.filter(image=image).values("slice")
    belongs = Q(rule__contained_by=image.metadata) | Q(pk__in=by_hand)
    return Slice.objects.filter(belongs, project=image.project_id).order_by("name")


def slices_to_join(image: Image) -> QuerySet[Slice]:
    """The slices by hand that an image could be put into, by name."""
    by_hand = Slice.objects.filter(project=image.project_id, rule__isnull=True)
    return by_hand.exclude(sliced_images__image=image).order_by("name")


def rules_suggested(project: Project) -> list[str]:
    """Rules as JSON, by what the metadata of the newest real images say, a few of each key.

    Keys with a value of its own for nearly every image, such as a name, suggest nothing.
    """
    newest = Image.objects.filter(project=project, origin=Image.Origin.REAL).order_by("-pk")
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for metadata in newest.values_list("metadata", flat=True)[:NEWEST]:
        for key, value in metadata.items():
            if not isinstance(value, dict | list):
                said[key][json.dumps({key: value}, ensure_ascii=False)] += 1
    return [
        rule
        for key in sorted(said)[:KEYS]
        for rule, count in sorted(said[key].most_common(VALUES))
        if count > 1
    ]


def slice_counts(slices: Iterable[Slice]) -> dict[int, SliceCounts]:
    """How many images each of these slices has, by its id; in one query."""
    ids = [slice_.pk for slice_ in slices]
    counts: dict[int, SliceCounts] = defaultdict(SliceCounts)
    for slice_id, split, measures, can_be_aimed_at, count in _rows(COUNTS, [ids, ids]):
        counts[slice_id].images += count
        counts[slice_id].can_be_aimed_at += count * can_be_aimed_at
        if measures:
            counts[slice_id].annotated[split] += count
    return counts


def slice_members(project_id: int, hashes: Sequence[str]) -> dict[int, list[int]]:
    """The places in a list of images, by their SHA-256, of those that each slice has.

    By the slice's id, places from 0; in one query.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for slice_id, place in _rows(MEMBERS, [list(hashes), project_id, project_id]):
        members[slice_id].append(place)
    return members


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
