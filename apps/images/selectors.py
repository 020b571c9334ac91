"""Reading images."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from apps.images.models import Image, Refusal
from apps.projects.models import Project

FILTER_FIELDS = {
    "origin": "origin",
    "status": "status",
    "split": "split",
    "class": "annotation_class__name",
}
"""The filters' names in an address, and what each looks at; nothing else can be asked for."""

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

    def as_parameters(self) -> dict[str, str]:
        """The filters that are set, named as in an address."""
        named = {
            "origin": self.origin,
            "status": self.status,
            "split": self.split,
            "class": self.annotation_class,
        }
        return {name: value for name, value in named.items() if value}

    def condition(self) -> Q:
        """What an image must be to pass."""
        return Q(**{FILTER_FIELDS[name]: value for name, value in self.as_parameters().items()})


def image_filters_read(project: Project, parameters: Mapping[str, str]) -> ImageFilters:
    """The filters of an address. Raises ValidationError for a value that there is not."""
    known = {
        "origin": Image.Origin.values,
        "status": Image.Status.values,
        "split": Image.Split.values,
        "class": list(project.annotation_classes.values_list("name", flat=True)),
    }
    wrong = {
        name: f"There is no {name} {parameters[name]!r}; choose one of {', '.join(values)}."
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
    )


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
