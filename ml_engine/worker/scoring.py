"""The job that asks a classifier what it thinks of every image it may look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.images.models import Image
from apps.projects.selectors import annotation_class_list
from apps.training.doubts.services import FoundDoubt, doubts_record
from apps.training.models import Checkpoint
from apps.training.services import ImageOpinion, opinions_record
from ml_engine.choosing.uncertain import highest
from ml_engine.classifiers.inference import Predictions
from ml_engine.config import BATCH_STRATEGIES, MEMBER_STRATEGIES, STRATEGIES
from ml_engine.uncertainty import score as uncertainty
from ml_engine.worker.batches import ScoredImage, batch_chosen, batch_scores
from ml_engine.worker.context import JobContext
from ml_engine.worker.doubting import Doubting, doubt_counts
from ml_engine.worker.features import features_of
from ml_engine.worker.pool import pool_told
from ml_engine.worker.predicting import disagreements_of, predictions_of

LOOKED_AT = [Image.Split.POOL, Image.Split.GUIDANCE, Image.Split.TRAIN]
Scores = Mapping[str, NDArray[np.float64]]
"""By strategy of single images, a value of each row."""


def score(context: JobContext) -> dict[str, Any]:
    """Guess, embedding, scores and doubts of every real image of pool, guidance and train.

    Where the payload names a batch strategy and a `count`, pool images get its scores too; where
    it names a `guard_share` above 0, that share of an undisturbed pool at most is doubted, and no
    batch strategy chooses it. `random_share` is the part of `count` that is drawn by chance;
    `features` names the folder of those by which a batch strategy chooses, the classifier's if not.
    """
    checkpoint = Checkpoint.objects.get(pk=context.payload["checkpoint"])
    images = _looked_at(context)
    hashes = [image.sha256 for image in images]
    predictions = predictions_of(context, checkpoint, hashes, on_event=context.publish)
    scores = _scores(context, checkpoint, hashes, predictions)
    outliers, mislabelled, waits_for = _doubts(context, images, predictions)
    typical = _by_other_features(context, hashes, predictions)
    wanted = _chosen(context, images, typical, scores)
    in_batch = _in_batch(context, images, typical, wanted, outliers)
    classes = annotation_class_list(context.project)
    before = context.payload.get("before")
    guesses = predictions.probabilities.argmax(axis=1)
    # Before what the classifier before it thought is forgotten.
    pool = pool_told(context.project, images, guesses, scores["entropy"], before)
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
                | ({context.payload["strategy"]: in_batch[row]} if row in in_batch else {}),
            )
            for row, (image, probabilities, features) in enumerate(
                zip(images, predictions.probabilities, predictions.features, strict=True)
            )
        ),
    )
    doubts = _clearest_first(outliers, wanted[: _by_strategy(context)]) + mislabelled
    doubts_record(claim=context.claim, checkpoint=checkpoint, found=doubts)
    return {
        "images": len(images),
        "guard_waits_for": waits_for,
        **doubt_counts(doubts),
        "pool": pool,
    }


def _scores(
    context: JobContext, checkpoint: Checkpoint, hashes: Sequence[str], predictions: Predictions
) -> Scores:
    seed = context.payload["seed"]
    scores = {name: uncertainty(name, predictions.probabilities, seed) for name in STRATEGIES}
    strategy = context.payload.get("strategy", "")
    if strategy in MEMBER_STRATEGIES:
        scores[strategy] = disagreements_of(context, checkpoint, hashes, seed=seed)
    return scores


def _by_other_features(
    context: JobContext, hashes: Sequence[str], predictions: Predictions
) -> Predictions:
    """The predictions with the features that the payload names, by which batches are chosen."""
    folder = context.payload.get("features")
    if not folder:
        return predictions
    return replace(predictions, features=features_of(context, folder, hashes))


def _doubts(
    context: JobContext, images: Sequence[ScoredImage], predictions: Predictions
) -> tuple[dict[int, FoundDoubt], list[FoundDoubt], list[str]]:
    """Outliers by row, and annotations that are doubted; none where nothing is guarded.

    And the classes that must have more annotated images before outliers are looked for.
    """
    share = context.payload.get("guard_share", 0.0)
    if not share:
        return {}, [], []
    doubting = Doubting(context.project, images, predictions, seed=context.payload["seed"])
    return doubting.outliers(share), doubting.mislabelled(), doubting.waits_for()


def _chosen(
    context: JobContext,
    images: Sequence[ScoredImage],
    predictions: Predictions,
    scores: Scores,
) -> list[int]:
    """The rows that the payload's strategy would choose if nothing were doubted, in its order."""
    strategy, count = context.payload.get("strategy", ""), context.payload.get("count", 0)
    if strategy in BATCH_STRATEGIES:
        seed = context.payload["seed"]
        return batch_chosen(strategy, images, predictions, count=count, seed=seed)
    if strategy not in scores:
        return []
    rows = np.flatnonzero([image.can_be_asked_about for image in images])
    chosen: list[int] = rows[highest(scores[strategy][rows], count)].tolist()
    return chosen


def _in_batch(
    context: JobContext,
    images: Sequence[ScoredImage],
    predictions: Predictions,
    wanted: Sequence[int],
    doubted: Collection[int],
) -> dict[int, float]:
    """A batch strategy's scores by row; it chooses again where it had chosen what is doubted."""
    strategy = context.payload.get("strategy", "")
    if strategy not in BATCH_STRATEGIES:
        return {}
    count, seed = context.payload["count"], context.payload["seed"]
    if not set(wanted).isdisjoint(doubted):
        wanted = batch_chosen(
            strategy, images, predictions, count=count, seed=seed, left_out=doubted
        )
    return batch_scores(images, wanted, count=count)


def _by_strategy(context: JobContext) -> int:
    """How many the strategy asks for, beside those that are drawn by chance."""
    count: int = context.payload.get("count", 0)
    by_chance: int = round(count * context.payload.get("random_share", 0.0))
    return count - by_chance


def _clearest_first(outliers: Mapping[int, FoundDoubt], wanted: Sequence[int]) -> list[FoundDoubt]:
    """Those that the strategy had chosen first, and of these what is farthest away."""
    chosen = set(wanted)
    doubts = [replace(doubt, would_ask=row in chosen) for row, doubt in outliers.items()]
    return sorted(
        doubts, key=lambda doubt: (not doubt.would_ask, -doubt.value / max(doubt.threshold, 1e-9))
    )


def _looked_at(context: JobContext) -> list[ScoredImage]:
    rows = (
        Image.objects.filter(project=context.project, origin=Image.Origin.REAL, split__in=LOOKED_AT)
        .exclude(status=Image.Status.QUARANTINED)
        .order_by("sha256")
        .values_list("pk", "sha256", "split", "status", "annotation_class__position")
    )
    return [ScoredImage(*row) for row in rows]
