"""Reading images."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from apps.images.models import Image, Refusal, Slice
from apps.images.slices.selectors import slice_condition, slice_list
from apps.projects.models import Project

FILTER_FIELDS = {
    "origin": "origin",
    "status": "status",
    "split": "split",
    "class": "annotation_class__name",
}
"""The filters' names in an address, and what each looks at; beside them only `slice`."""

# One look-up a hash. Asked for all at once, the planner walks through the whole project as long
# as it was not told that the table has grown, which may be a million images later.
KNOWN = """
SELECT found.id FROM unnest(%s::text[]) asked (digest) CROSS JOIN LATERAL (
    SELECT id FROM images_image WHERE project_id = %s AND pixels_sha256 = asked.digest LIMIT 1
) found
UNION SELECT found.id FROM unnest(%s::text[]) asked (digest) CROSS JOIN LATERAL (
    SELECT id FROM images_image WHERE project_id = %s AND sha256 = asked.digest LIMIT 1
) found
"""


def image_manifest(images: QuerySet[Image]) -> list[tuple[str, int]]:
    """(SHA-256, class position) of each image that has a class, ordered by SHA-256."""
    return list(
        images.exclude(annotation_class=None)
        .order_by("sha256")
        .values_list("sha256", "annotation_class__position")
    )


def refusal_list(project: Project) -> QuerySet[Refusal]:
    """What was not taken in, newest first."""
    return Refusal.objects.filter(project=project).order_by("-id")


@dataclass(frozen=True, slots=True)
class ImageFilters:
    """Which images of a project are asked for; an empty text asks for all."""

    origin: str = ""
    status: str = ""
    split: str = ""
    annotation_class: str = ""
    in_slice: Slice | None = None

    def as_parameters(self) -> dict[str, str]:
        """The filters that are set, named as in an address."""
        named = {
            "origin": self.origin,
            "status": self.status,
            "split": self.split,
            "class": self.annotation_class,
            "slice": self.in_slice.name if self.in_slice else "",
        }
        return {name: value for name, value in named.items() if value}

    def condition(self) -> Q:
        """What an image must be to pass."""
        named = self.as_parameters()
        fields = {field: named[name] for name, field in FILTER_FIELDS.items() if name in named}
        return Q(**fields) & self.slice_condition()

    def slice_condition(self) -> Q:
        """What it must be to be in the slice, if one is asked for."""
        return slice_condition(self.in_slice) if self.in_slice else Q()


def image_filters_read(project: Project, parameters: Mapping[str, str]) -> ImageFilters:
    """The filters of an address. Raises ValidationError for a value that there is not."""
    slices = {known.name: known for known in _slices(project, parameters.get("slice"))}
    known = {
        "origin": Image.Origin.values,
        "status": Image.Status.values,
        "split": Image.Split.values,
        "class": list(project.annotation_classes.values_list("name", flat=True)),
        "slice": list(slices),
    }
    wrong = {
        name: f"There is no {name} {parameters[name]!r}; choose one of {', '.join(values)}."
        if values
        else f"There is no {name} {parameters[name]!r}; the project has none yet."
        for name, values in known.items()
        if parameters.get(name) and parameters[name] not in values
    }
    if wrong:
        raise ValidationError(wrong)
    return ImageFilters(
        origin=parameters.get("origin", ""),
        status=parameters.get("status", ""),
        split=parameters.get("split", ""),
        annotation_class=parameters.get("class", ""),
        in_slice=slices.get(parameters.get("slice", "")),
    )


def _slices(project: Project, asked: str | None) -> list[Slice]:
    """Those that can be asked for; not looked for where none is."""
    return list(slice_list(project)) if asked else []


def image_list(project: Project, filters: ImageFilters) -> QuerySet[Image]:
    """The project's images that pass the filters, with their classes, newest first."""
    return (
        Image.objects.filter(filters.condition(), project=project)
        .select_related("annotation_class")
        .order_by("-id")
    )


def image_get(project: Project, image_id: int) -> Image:
    """One image of the project, with its class. Raises Http404."""
    images = Image.objects.filter(project=project).select_related("annotation_class")
    return get_object_or_404(images, pk=image_id)


def images_known(
    project: Project, pixels_sha256: Collection[str], sha256: Collection[str]
) -> list[Image]:
    """The project's images that have any of these hashes, of pixels or of bytes."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [list(pixels_sha256), project.pk, list(sha256), project.pk])
        found = [row[0] for row in cursor.fetchall()]
    return list(Image.objects.filter(pk__in=found))
