"""Writing how a checkpoint did on a real-only split."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.evaluation.models import EvaluatedImages, EvaluationRun, Metric
from apps.generation.models import GenerationRun
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
        images_sha256=_list_sha256(images),
        defaults={
            "project_id": checkpoint.project_id,
            "image_count": len(images),
            "targets": positions_pack(targets),
            "predictions": positions_pack(predictions),
            "round_number": checkpoint.training_run.round_number,
        },
    )
    run.metrics.all().delete()
    _metrics_create(run, figures)
    EvaluatedImages.objects.get_or_create(
        project_id=run.project_id,
        images_sha256=run.images_sha256,
        defaults={"hashes": bytes.fromhex("".join(images))},
    )
    return run


@transaction.atomic
def generator_measures_record(
    *,
    claim: Claim,
    generation_run: GenerationRun,
    features: str,
    split: str,
    images: Sequence[str],
    sample_count: int,
    figures: Sequence[Figure],
    refusals: dict[str, dict[str, str]],
) -> EvaluationRun:
    """Keep how a generator compares with a list of real images, on the features of one network.

    `refusals` are sentences by measure, by class name; "" stands for all classes. Raises `Fenced`
    where another attempt holds the job.
    """
    claim_require(claim=claim)
    run = EvaluationRun.objects.create(
        project_id=generation_run.project_id,
        checkpoint_id=generation_run.checkpoint_id,
        generation_run=generation_run,
        features=features,
        split=split,
        image_count=len(images),
        images_sha256=_list_sha256(images),
        sample_count=sample_count,
        refusals=refusals,
        round_number=generation_run.round_number,
        targets=b"",
        predictions=b"",
    )
    _metrics_create(run, figures)
    return run


def _list_sha256(images: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(images).encode()).hexdigest()


def _metrics_create(run: EvaluationRun, figures: Sequence[Figure]) -> None:
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


def positions_pack(positions: Sequence[int]) -> bytes:
    """Class positions as little-endian uint16."""
    return struct.pack(f"<{len(positions)}H", *positions)


def positions_unpack(packed: bytes) -> list[int]:
    """What `positions_pack` packed."""
    return list(struct.unpack(f"<{len(packed) // 2}H", packed))
