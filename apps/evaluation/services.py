"""Writing what a checkpoint got right on a real-only split."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

from django.db import transaction

from apps.evaluation.models import EvaluationRun, Metric
from apps.jobs.services import Claim, claim_require
from apps.training.models import Checkpoint


@transaction.atomic
def evaluation_record(
    *,
    claim: Claim,
    checkpoint: Checkpoint,
    split: str,
    images: Sequence[str],
    targets: Sequence[int],
    predictions: Sequence[int],
) -> EvaluationRun:
    """Keep a checkpoint's prediction of every image of a list, and its accuracy and recalls.

    `images` are hashes; `targets` and `predictions` class positions in the same order.
    Raises `Fenced` where another attempt holds the job.
    """
    claim_require(claim=claim)
    run, _ = EvaluationRun.objects.update_or_create(
        checkpoint=checkpoint,
        split=split,
        images_sha256=hashlib.sha256("\n".join(images).encode()).hexdigest(),
        defaults={
            "project_id": checkpoint.project_id,
            "image_count": len(images),
            "targets": positions_pack(targets),
            "predictions": positions_pack(predictions),
            "round_number": checkpoint.training_run.round_number,
        },
    )
    return run


@transaction.atomic
def metrics_record(
    *, evaluation_run: EvaluationRun, metrics: dict[tuple[str, int | None], tuple[float, float | None, float | None]]
) -> None:
    """Replace a run's numbers: (name, class id or None) → (value, low, high)."""
    evaluation_run.metrics.all().delete()
    Metric.objects.bulk_create(
        Metric(
            evaluation_run=evaluation_run,
            name=name,
            annotation_class_id=class_id,
            value=value,
            low=low,
            high=high,
        )
        for (name, class_id), (value, low, high) in metrics.items()
    )


def positions_pack(positions: Sequence[int]) -> bytes:
    """Class positions as little-endian uint16."""
    return struct.pack(f"<{len(positions)}H", *positions)
