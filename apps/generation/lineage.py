"""Where a synthetic image comes from."""

from __future__ import annotations

import heapq

from django.shortcuts import get_object_or_404

from apps.generation.models import SyntheticImage
from apps.images.models import Image
from apps.images.splits.drawing import draw
from apps.projects.models import Project


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


def lineage_sample(project: Project, *, count: int, seed: int) -> list[SyntheticImage]:
    """Up to `count` of the project's synthetic images, drawn by `seed` and their content.

    In order of their batches, each with its image, run, checkpoint and class.
    """
    lineages = SyntheticImage.objects.filter(image__project=project)
    hashes = lineages.values_list("image__sha256", "pk").iterator()
    drawn = heapq.nsmallest(count, hashes, key=lambda row: draw(seed, row[0]))
    return list(
        lineages.filter(pk__in=[pk for _, pk in drawn])
        .select_related(
            "image__place", "annotation_class", "generation_run__checkpoint__training_run"
        )
        .order_by("generation_run", "sample_index")
    )
