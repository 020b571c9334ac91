"""Which images look alike to the newest classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from pgvector.django import L2Distance

from apps.images.models import Image
from apps.training.models import Checkpoint, Prediction


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
    others = Prediction.objects.filter(checkpoint=prediction.checkpoint_id).exclude(
        image=prediction.image_id
    )
    return _nearest(others, prediction.embedding, most)


def neighbours_of(
    checkpoint: Checkpoint, embedding: Sequence[float], most: int = 8
) -> list[Neighbour]:
    """The real images nearest to a picture of that embedding, nearest first.

    None of those that measure: whoever makes images looks at none of them.
    """
    seen = Prediction.objects.filter(checkpoint=checkpoint).exclude(
        image__split__in=[Image.Split.SELECT, Image.Split.TEST]
    )
    return _nearest(seen, embedding, most)


def _nearest(
    predictions: QuerySet[Prediction], embedding: Sequence[float], most: int
) -> list[Neighbour]:
    near = (
        predictions.filter(image__origin=Image.Origin.REAL)
        .annotate(distance=L2Distance("embedding", embedding))
        .select_related("image__annotation_class")
        .order_by("distance", "image_id")[:most]
    )
    return [Neighbour(found.image, found.distance) for found in near]
