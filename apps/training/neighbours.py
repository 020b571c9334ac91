"""Which images look alike to the newest classifier."""

from __future__ import annotations

from dataclasses import dataclass

from pgvector.django import L2Distance

from apps.images.models import Image
from apps.training.models import Prediction


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An image near another one."""

    image: Image
    distance: float
    """Euclidean distance of the embeddings."""


def prediction_get(image: Image) -> Prediction | None:
    """What the newest classifier that has seen the image makes of it."""
    predictions = Prediction.objects.filter(image=image, checkpoint__kind="classifier")
    related = predictions.select_related("annotation_class", "checkpoint__training_run")
    return related.order_by("-checkpoint_id").first()


def neighbour_list(prediction: Prediction, most: int = 8) -> list[Neighbour]:
    """The real images that the same checkpoint sees nearest to that one, nearest first."""
    near = (
        Prediction.objects.filter(
            checkpoint=prediction.checkpoint_id, image__origin=Image.Origin.REAL
        )
        .exclude(image=prediction.image_id)
        .annotate(distance=L2Distance("embedding", prediction.embedding))
        .select_related("image__annotation_class")
        .order_by("distance", "image_id")[:most]
    )
    return [Neighbour(found.image, found.distance) for found in near]
