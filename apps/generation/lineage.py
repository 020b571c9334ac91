"""Where a synthetic image comes from."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from apps.generation.models import SyntheticImage
from apps.images.models import Image


def image_lineage(image: Image) -> SyntheticImage:
    """The run, seed, sample and parent of a synthetic image. Raises Http404 for a real one."""
    related = SyntheticImage.objects.select_related(
        "annotation_class", "parent__annotation_class", "generation_run__checkpoint__training_run"
    )
    return get_object_or_404(related, image=image)


def nearest_images(lineage: SyntheticImage) -> list[tuple[Image, float]]:
    """The real images that lay nearest when it was made, with their distances."""
    distances = {int(image_id): float(distance) for image_id, distance in lineage.nearest}
    images = Image.objects.select_related("annotation_class").in_bulk(list(distances))
    return [(images[key], distance) for key, distance in distances.items() if key in images]
