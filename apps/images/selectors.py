"""Reading images."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.images.models import Image, Refusal
from apps.images.storage import key_open
from apps.projects.models import Project


def image_manifest(images: QuerySet[Image]) -> list[tuple[str, int]]:
    """(SHA-256, class position) of each image that has a class, ordered by SHA-256."""
    return list(
        images.exclude(annotation_class=None)
        .order_by("sha256")
        .values_list("sha256", "annotation_class__position")
    )


def image_bytes(image: Image) -> bytes:
    """The stored bytes: PNG or JPEG, upright, without metadata."""
    with key_open(image.file) as file:
        return file.read()


def image_contents(images: QuerySet[Image]) -> Iterator[tuple[str, bytes]]:
    """(SHA-256, stored bytes) of each image, by SHA-256, read one at a time: a pack's items."""
    for sha256, key in images.order_by("sha256").values_list("sha256", "file").iterator(2000):
        with key_open(key) as file:
            yield sha256, file.read()


def refusal_list(project: Project) -> QuerySet[Refusal]:
    """What was not taken in, newest first."""
    return Refusal.objects.filter(project=project).order_by("-id")
