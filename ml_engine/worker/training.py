"""Jobs that train: a classifier or a generator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.evaluation.services import evaluation_record
from apps.images.models import Image
from apps.projects.selectors import annotation_class_list
from apps.training.models import Checkpoint, TrainingRun
from apps.training.services import curve_point_record, sample_sheet_store, training_run_finish
from ml_engine.classifiers.inference import load_classifier, predict
from ml_engine.classifiers.training import train_classifier as engine_train_classifier
from ml_engine.config import ClassifierConfig, EngineEvent, GeneratorConfig, OnEvent
from ml_engine.generators.training import train_generator as engine_train_generator
from ml_engine.packs import Pack
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import image_shape, project_pack

AnnotatedRows = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows of a pack and the class position of each."""


def train_classifier(context: JobContext) -> dict[str, Any]:
    """Train a classifier, keep its checkpoint, and measure it on the splits that the job names."""
    run = _training_run(context)
    pack = project_pack(context.project)
    rows, targets = _annotated_rows(pack, run.training_set.rows)
    result = engine_train_classifier(
        pack,
        rows,
        targets,
        class_count=context.project.annotation_classes.count(),
        shape=image_shape(context.project),
        config=ClassifierConfig.from_json(run.config),
        seed=run.seed,
        folder=engine_path(run.folder),
        calibration=split_rows(context, pack, Image.Split.GUIDANCE),
        class_names=_class_names(context),
        on_event=_recorder(context, run),
        should_stop=context.should_stop,
    )
    checkpoint = training_run_finish(
        claim=context.claim,
        training_run=run,
        folder=engine_key(result.folder),
        sha256=result.sha256,
        metadata={
            "steps": result.steps,
            "temperature": result.temperature,
            "train_accuracy": result.train_accuracy,
        },
    )
    for split in context.payload["evaluate_on"]:
        evaluate(context, pack, checkpoint, split)
    return {"checkpoint": checkpoint.pk}


def train_generator(context: JobContext) -> dict[str, Any]:
    """Train a generator and keep its checkpoint."""
    run = _training_run(context)
    pack = project_pack(context.project)
    rows, targets = _annotated_rows(pack, run.training_set.rows)
    result = engine_train_generator(
        pack,
        rows,
        targets,
        class_count=context.project.annotation_classes.count(),
        shape=image_shape(context.project),
        config=GeneratorConfig.from_json(run.config),
        seed=run.seed,
        folder=engine_path(run.folder),
        warm_start=engine_path(run.warm_start.folder) if run.warm_start else None,
        class_names=_class_names(context),
        on_event=_recorder(context, run),
        should_stop=context.should_stop,
    )
    checkpoint = training_run_finish(
        claim=context.claim,
        training_run=run,
        folder=engine_key(result.folder),
        sha256=result.sha256,
        metadata={"steps": result.steps},
    )
    return {"checkpoint": checkpoint.pk}


def evaluate(context: JobContext, pack: Pack, checkpoint: Checkpoint, split: str) -> None:
    """Measure a classifier's checkpoint on a real-only split, and keep each prediction."""
    images = annotated_images(context, split)
    rows = pack.rows([sha256 for sha256, _ in images])
    classifier = load_classifier(engine_path(checkpoint.folder))
    predictions = predict(classifier, pack, rows, should_stop=context.should_stop)
    evaluation_record(
        claim=context.claim,
        checkpoint=checkpoint,
        split=split,
        images=[sha256 for sha256, _ in images],
        targets=[position for _, position in images],
        predictions=predictions.probabilities.argmax(axis=1).tolist(),
    )


def annotated_images(context: JobContext, split: str) -> list[tuple[str, int]]:
    """Hash and class position of a split's real, annotated images, in order of the hash."""
    return list(
        Image.objects.filter(
            project=context.project,
            origin=Image.Origin.REAL,
            split=split,
            status=Image.Status.ACCEPTED,
            annotation_class__isnull=False,
        )
        .order_by("sha256")
        .values_list("sha256", "annotation_class__position")
    )


def split_rows(context: JobContext, pack: Pack, split: str) -> AnnotatedRows | None:
    """A split's rows in the pack; None where it is empty."""
    images = annotated_images(context, split)
    return _annotated_rows(pack, images) if images else None


def engine_path(folder: str) -> Path:
    """Where a folder named in the database lies."""
    return Path(settings.ENGINE_ROOT) / folder


def engine_key(path: Path) -> str:
    """How the database names a folder of the engine."""
    return str(path.relative_to(settings.ENGINE_ROOT))


def _training_run(context: JobContext) -> TrainingRun:
    return TrainingRun.objects.select_related("training_set", "warm_start").get(
        pk=context.payload["training_run"]
    )


def _annotated_rows(pack: Pack, images: Sequence[tuple[str, int]]) -> AnnotatedRows:
    rows = pack.rows([sha256 for sha256, _ in images])
    return rows, np.array([position for _, position in images], dtype=np.int64)


def _class_names(context: JobContext) -> list[str]:
    return [annotation_class.name for annotation_class in annotation_class_list(context.project)]


def _recorder(context: JobContext, run: TrainingRun) -> OnEvent:
    """Keeps what the engine tells: curve points and samples in the database, all of it in the log."""

    def record(event: EngineEvent) -> None:
        if event.kind == "curve":
            curve_point_record(training_run=run, step=event.step, values=event.values)
        if event.kind == "samples" and event.path:
            sample_sheet_store(training_run=run, png=event.path.read_bytes(), step=event.step)
        context.publish(event, training_run=run.pk)

    return record
