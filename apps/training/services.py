"""Writing training runs, their curves, checkpoints, predictions and scores."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from apps.images.models import Image
from apps.images.splits.policies import images_trained_on
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, event_publish, job_enqueue
from apps.projects.models import Project
from apps.training.learning import TrainingRow
from apps.training.models import (
    Checkpoint,
    CurvePoint,
    Prediction,
    Score,
    TrainingRun,
    TrainingSet,
)
from apps.training.practice import Practice
from ml_engine.config import ClassifierConfig, GeneratorConfig

ROWS_A_BATCH = 2000


@dataclass(frozen=True, slots=True)
class ImageOpinion:
    """What a classifier's checkpoint sees in one image."""

    image_id: int
    class_id: int
    confidence: float
    embedding: Sequence[float]
    scores: dict[str, float]
    """By strategy; more is less sure."""


def rows_sha256(rows: Sequence[TrainingRow]) -> str:
    """The hash that names an exact training set, whatever order it is given in."""
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()


def classifier_train(
    *,
    project: Project,
    purpose: str,
    config: ClassifierConfig,
    seed: int,
    rows: Sequence[TrainingRow],
    title: str,
    key: str,
    round_number: int | None = None,
    evaluate_on: Sequence[str] = (),
    practice: Practice | None = None,
) -> TrainingRun:
    """Write a classifier's training run and its job; with a `key` that exists, return that run.

    The job also measures the checkpoint on the splits `evaluate_on`. With `practice`, synthetic
    images are made while it trains.
    """
    run = TrainingRun(
        project=project,
        kind=TrainingRun.Kind.CLASSIFIER,
        family=config.network,
        purpose=purpose,
        config=config.to_json(),
        seed=seed,
        round_number=round_number,
        practice=practice.to_json() if practice else {},
        practice_generator=practice.generator if practice else None,
    )
    return _enqueue(run, rows, title, key, {"evaluate_on": list(evaluate_on)})


def generator_train(
    *,
    project: Project,
    config: GeneratorConfig,
    seed: int,
    rows: Sequence[TrainingRow],
    title: str,
    key: str,
    round_number: int | None = None,
    warm_start: Checkpoint | None = None,
    judge: Checkpoint | None = None,
) -> TrainingRun:
    """Write a generator's training run and its job; with a `key` that exists, return that run.

    The classifier `judge` sees how healthy the generator is while it trains.
    """
    run = TrainingRun(
        project=project,
        kind=TrainingRun.Kind.GENERATOR,
        family=config.family,
        purpose="generator",
        config=config.to_json(),
        seed=seed,
        round_number=round_number,
        warm_start=warm_start,
    )
    return _enqueue(run, rows, title, key, {"judge": judge.pk if judge else None})


@transaction.atomic
def _enqueue(
    run: TrainingRun,
    rows: Sequence[TrainingRow],
    title: str,
    key: str,
    payload: dict[str, Any],
) -> TrainingRun:
    existing = TrainingRun.objects.filter(project=run.project, job__key=key).first()
    if existing:
        return existing
    run.manifest = {
        "sha256": rows_sha256(rows),
        "count": len(rows),
        **_origins(run.project, rows),
        "by_class": dict(sorted(Counter(str(position) for _, position in rows).items())),
    }
    run.save()
    TrainingSet.objects.create(training_run=run, rows=sorted(rows))
    if run.purpose != "reference":  # the simulated annotator's own, which nothing measures
        images_trained_on(project=run.project, hashes=[sha256 for sha256, _ in rows])
    run.job = job_enqueue(
        project=run.project,
        kind=f"train_{run.kind}",
        title=title,
        payload={"training_run": run.pk, **payload},
        queue=Job.Queue.GPU,
        key=key,
    )
    run.save(update_fields=["job"])
    return run


def _origins(project: Project, rows: Sequence[TrainingRow]) -> dict[str, int]:
    """How many of the rows are real, and how many synthetic."""
    synthetic = Image.objects.filter(
        project=project,
        origin=Image.Origin.SYNTHETIC,
        sha256__in=[sha256 for sha256, _ in rows],
    ).count()
    return {"real": len(rows) - synthetic, "synthetic": synthetic}


def curve_point_record(*, training_run: TrainingRun, step: int, values: dict[str, float]) -> None:
    """Keep what was measured at a step; a resumed run measures some steps again."""
    CurvePoint.objects.update_or_create(
        training_run=training_run, step=step, defaults={"values": values}
    )


@transaction.atomic
def sample_sheet_store(*, training_run: TrainingRun, png: bytes, step: int) -> None:
    """Keep a generator's newest sample sheet; the ones before it are kept too."""
    key = default_storage.save(f"samples/{training_run.pk}/{step}.png", ContentFile(png))
    run = TrainingRun.objects.select_for_update().get(pk=training_run.pk)
    run.sample_sheet, run.sheets[str(step)] = key, key
    run.save(update_fields=["sample_sheet", "sheets"])


@transaction.atomic
def notice_record(*, training_run: TrainingRun, kind: str, step: int, message: str) -> None:
    """Keep what a training warns of, once, and tell those who look: `kind` is warning or alarm."""
    notice = {"kind": kind, "step": step, "message": message}
    run = TrainingRun.objects.select_for_update().get(pk=training_run.pk)
    if notice in run.notices:  # a resumed run comes to some steps again
        return
    run.notices.append(notice)
    run.save(update_fields=["notices"])
    event_publish(
        project_id=run.project_id,
        kind=f"training.{kind}",
        payload={"training_run": run.pk, "family": run.family, **notice},
        job_id=run.job_id,
    )


@transaction.atomic
def training_run_finish(
    *, claim: Claim, training_run: TrainingRun, folder: str, sha256: str, metadata: dict[str, Any]
) -> Checkpoint:
    """Write a run's checkpoint, once. Raises `Fenced` where another attempt holds the job."""
    claim_require(claim=claim)
    checkpoint, _ = Checkpoint.objects.update_or_create(
        training_run=training_run,
        defaults={
            "project_id": training_run.project_id,
            "kind": training_run.kind,
            "folder": folder,
            "sha256": sha256,
            "metadata": metadata,
        },
    )
    TrainingRun.objects.filter(pk=training_run.pk).update(finished_at=timezone.now())
    return checkpoint


@transaction.atomic
def opinions_record(
    *, claim: Claim, checkpoint: Checkpoint, opinions: Iterable[ImageOpinion]
) -> int:
    """Replace all that a checkpoint thinks of images. Raises `Fenced`."""
    claim_require(claim=claim)
    Prediction.objects.filter(checkpoint=checkpoint).delete()
    Score.objects.filter(checkpoint=checkpoint).delete()
    opinions = list(opinions)
    Prediction.objects.bulk_create(
        (
            Prediction(
                checkpoint=checkpoint,
                image_id=opinion.image_id,
                annotation_class_id=opinion.class_id,
                confidence=opinion.confidence,
                embedding=opinion.embedding,
            )
            for opinion in opinions
        ),
        batch_size=ROWS_A_BATCH,
    )
    Score.objects.bulk_create(
        (
            Score(checkpoint=checkpoint, image_id=opinion.image_id, strategy=strategy, value=value)
            for opinion in opinions
            for strategy, value in opinion.scores.items()
        ),
        batch_size=ROWS_A_BATCH,
    )
    _forget_older_opinions(checkpoint)
    return len(opinions)


def _forget_older_opinions(checkpoint: Checkpoint) -> None:
    """Keep this checkpoint's embeddings and its predecessor's; the ones before serve nothing."""
    kept = Checkpoint.objects.filter(
        project_id=checkpoint.project_id, predictions__isnull=False
    ).distinct()
    for old in kept.order_by("-pk")[2:]:
        Prediction.objects.filter(checkpoint=old).delete()
        Score.objects.filter(checkpoint=old).delete()
