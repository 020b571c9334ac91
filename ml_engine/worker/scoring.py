"""The job that asks a classifier what it thinks of every image it may look at."""

from __future__ import annotations

from typing import Any

from apps.images.models import Image
from apps.projects.selectors import annotation_class_list
from apps.training.models import Checkpoint
from apps.training.services import ImageOpinion, opinions_record
from ml_engine.config import BATCH_STRATEGIES, STRATEGIES
from ml_engine.uncertainty import score as uncertainty
from ml_engine.worker.batches import ScoredImage, batch_scores
from ml_engine.worker.context import JobContext
from ml_engine.worker.predicting import predictions_of

LOOKED_AT = [Image.Split.POOL, Image.Split.GUIDANCE, Image.Split.TRAIN]


def score(context: JobContext) -> dict[str, Any]:
    """Guess, embedding and scores of every real image of pool, guidance and train.

    Where the payload names a batch strategy and a count, pool images get its scores too.
    """
    checkpoint = Checkpoint.objects.get(pk=context.payload["checkpoint"])
    images = _looked_at(context)
    predictions = predictions_of(
        context, checkpoint, [image.sha256 for image in images], on_event=context.publish
    )
    scores = {
        name: uncertainty(name, predictions.probabilities, context.payload["seed"])
        for name in STRATEGIES
    }
    strategy: str = context.payload.get("strategy", "")
    in_batch: dict[int, float] = {}
    if strategy in BATCH_STRATEGIES:
        in_batch = batch_scores(
            strategy,
            images,
            predictions,
            count=context.payload["count"],
            seed=context.payload["seed"],
        )
    classes = annotation_class_list(context.project)
    opinions_record(
        claim=context.claim,
        checkpoint=checkpoint,
        opinions=(
            ImageOpinion(
                image_id=image.pk,
                class_id=classes[int(probabilities.argmax())].pk,
                confidence=float(probabilities.max()),
                embedding=features.tolist(),
                scores={name: float(values[row]) for name, values in scores.items()}
                | ({strategy: in_batch[row]} if row in in_batch else {}),
            )
            for row, (image, probabilities, features) in enumerate(
                zip(images, predictions.probabilities, predictions.features, strict=True)
            )
        ),
    )
    return {"images": len(images)}


def _looked_at(context: JobContext) -> list[ScoredImage]:
    rows = (
        Image.objects.filter(project=context.project, origin=Image.Origin.REAL, split__in=LOOKED_AT)
        .exclude(status=Image.Status.QUARANTINED)
        .order_by("sha256")
        .values_list("pk", "sha256", "split", "status", "annotation_class__position")
    )
    return [ScoredImage(*row) for row in rows]
