"""Writing what a checkpoint got right on a real-only split."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.evaluation.models import EvaluationRun, Metric
from apps.jobs.services import Claim, claim_require
from apps.training.models import Checkpoint


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95% interval, for all classes or for one."""

    name: str
    value: float
    low: float
    high: float
    class_id: int | None = None


@transaction.atomic
def evaluation_record(
    *,
    claim: Claim,
    checkpoint: Checkpoint,
    split: str,
    images: Sequence[str],
    targets: Sequence[int],
    predictions: Sequence[int],
    figures: Sequence[Figure],
) -> EvaluationRun:
    """Keep a checkpoint's prediction of every image of a list, and the figures drawn from them.

    `images` are hashes; `targets` and `predictions` class positions in the same order.
    Measuring again replaces what was there. Raises `Fenced` where another attempt holds the job.
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
    run.metrics.all().delete()
    Metric.objects.bulk_create(
        Metric(
            evaluation_run=run,
            name=figure.name,
            annotation_class_id=figure.class_id,
            value=figure.value,
            low=figure.low,
            high=figure.high,
        )
        for figure in figures
    )
    return run


def positions_pack(positions: Sequence[int]) -> bytes:
    """Class positions as little-endian uint16."""
    return struct.pack(f"<{len(positions)}H", *positions)


def positions_unpack(packed: bytes) -> list[int]:
    """What `positions_pack` packed."""
    return list(struct.unpack(f"<{len(packed) // 2}H", packed))
