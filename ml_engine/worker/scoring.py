"""The job that asks a classifier what it thinks of every image it may look at."""

from __future__ import annotations

from typing import Any

from apps.images.models import Image
from apps.projects.selectors import annotation_class_list
from apps.training.models import Checkpoint
from apps.training.services import ImageOpinion, opinions_record
from ml_engine.config import STRATEGIES
from ml_engine.uncertainty import score as uncertainty
from ml_engine.worker.context import JobContext
from ml_engine.worker.predicting import predictions_of

LOOKED_AT = [Image.Split.POOL, Image.Split.GUIDANCE, Image.Split.TRAIN]


def score(context: JobContext) -> dict[str, Any]:
    """Guess, embedding and scores of every real image of pool, guidance and train."""
    checkpoint = Checkpoint.objects.get(pk=context.payload["checkpoint"])
    images = list(
        Image.objects.filter(project=context.project, origin=Image.Origin.REAL, split__in=LOOKED_AT)
        .exclude(status=Image.Status.QUARANTINED)
        .order_by("sha256")
        .values_list("pk", "sha256")
    )
    predictions = predictions_of(
        context, checkpoint, [sha256 for _, sha256 in images], on_event=context.publish
    )
    scores = {
        strategy: uncertainty(strategy, predictions.probabilities, context.payload["seed"])
        for strategy in STRATEGIES
    }
    classes = annotation_class_list(context.project)
    opinions_record(
        claim=context.claim,
        checkpoint=checkpoint,
        opinions=(
            ImageOpinion(
                image_id=image_id,
                class_id=classes[int(probabilities.argmax())].pk,
                confidence=float(probabilities.max()),
                embedding=features.tolist(),
                scores={strategy: float(values[row]) for strategy, values in scores.items()},
            )
            for row, ((image_id, _), probabilities, features) in enumerate(
                zip(images, predictions.probabilities, predictions.features, strict=True)
            )
        ),
    )
    return {"images": len(images)}
