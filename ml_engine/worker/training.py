"""Jobs that train: a classifier or a generator."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from apps.images.models import Image
from apps.projects.selectors import annotation_class_list, image_shape
from apps.training.models import Checkpoint, TrainingRun
from apps.training.pipelines import pipeline_check
from apps.training.practice import Practice as PracticeOrder
from apps.training.services import (
    curve_point_record,
    notice_record,
    sample_sheet_store,
    training_run_finish,
)
from ml_engine.classifiers.inference import TrainedClassifier, load_classifier
from ml_engine.classifiers.training import train_classifier as engine_train_classifier
from ml_engine.config import (
    ClassifierConfig,
    EngineEvent,
    GeneratorConfig,
    OnEvent,
    generator_config_from_json,
)
from ml_engine.config.generators import AdversarialConfig
from ml_engine.generators.health import Reference
from ml_engine.generators.orders import Judge, Order
from ml_engine.generators.several import processes_for, train_together
from ml_engine.generators.training import GeneratorResult, load_generator
from ml_engine.generators.training import train_generator as engine_train_generator
from ml_engine.packs import Pack
from ml_engine.practice.practising import Practice
from ml_engine.worker.context import JobContext
from ml_engine.worker.evaluation import annotated_images, evaluate
from ml_engine.worker.measuring import classifier_title, fixed_network
from ml_engine.worker.packing import engine_key, engine_path, project_pack

NOTICES = ("warning", "alarm")
"""Kinds of events that are kept with the run."""
AnnotatedRows = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows of a pack and the class position of each."""


def train_classifier(context: JobContext) -> dict[str, Any]:
    """Train a classifier, keep its checkpoint, and measure it on the splits that the job names."""
    run = _training_run(context)
    class_names = _class_names(context)
    # Listed before the pack is made: what is uploaded meanwhile is in neither or in the pack only.
    calibration = annotated_images(context.project, Image.Split.GUIDANCE)
    pack = project_pack(context.project)
    rows, targets = _annotated_rows(pack, run.training_set.rows)
    result = engine_train_classifier(
        pack,
        rows,
        targets,
        class_count=len(class_names),
        shape=image_shape(context.project),
        config=ClassifierConfig.from_json(run.config),
        seed=run.seed,
        folder=engine_path(run.folder),
        calibration=_annotated_rows(pack, calibration) if calibration else None,
        class_names=class_names,
        supplement=_practice(run),
        on_event=_recorder(context, run),
        should_stop=context.should_stop,
    )
    checkpoint = training_run_finish(
        claim=context.claim,
        training_run=run,
        folder=engine_key(result.folder),
        sha256=result.sha256,
        metadata={
            **({"practice": dict(result.supplement)} if result.supplement else {}),
            "steps": result.steps,
            "temperature": result.temperature,
            "train_accuracy": result.train_accuracy,
        },
    )
    for split in context.payload["evaluate_on"]:
        evaluate(context, checkpoint, split)
    return {"checkpoint": checkpoint.pk}


def _practice(run: TrainingRun) -> Practice | None:
    """What makes images while it trains; None where nothing does.

    Raises `ValueError` where its generator is gone.
    """
    asked = PracticeOrder.from_json(run.practice_generator, run.practice)
    if asked is None:
        return None
    generator = load_generator(engine_path(asked.generator.folder))
    return Practice(generator, asked.generator.sha256, asked.classes, asked.config)


def train_generator(context: JobContext) -> dict[str, Any]:
    """Train a generator and keep its checkpoint."""
    begun = time.monotonic()
    run = _training_run(context)
    config = generator_config_from_json(run.config)
    pipeline_check(config)
    processes = processes_for(config, torch.cuda.device_count())
    train = _generator_by_itself if processes == 1 else partial(_generator_together, processes)
    result = train(context, run, config)
    checkpoint = training_run_finish(
        claim=context.claim,
        training_run=run,
        folder=engine_key(result.folder),
        sha256=result.sha256,
        metadata={
            "health": result.health.to_json(),
            "seconds": round(time.monotonic() - begun, 1),
            "byte_size": sum(file.stat().st_size for file in result.folder.iterdir()),
        },
    )
    return {"checkpoint": checkpoint.pk}


def _generator_by_itself(
    context: JobContext, run: TrainingRun, config: GeneratorConfig
) -> GeneratorResult:
    class_names = _class_names(context)
    pack = project_pack(context.project)
    rows, targets = _annotated_rows(pack, run.training_set.rows)
    judge = _judge(context)
    return engine_train_generator(
        pack,
        rows,
        targets,
        class_count=len(class_names),
        shape=image_shape(context.project),
        config=config,
        seed=run.seed,
        folder=engine_path(run.folder),
        warm_start=engine_path(run.warm_start.folder) if run.warm_start else None,
        class_names=class_names,
        reference=judge and _reference(context, pack, *judge),
        perceptual=_perceptual(config, judge and judge[1]),
        on_event=_recorder(context, run),
        should_stop=context.should_stop,
    )


def _generator_together(
    processes: int, context: JobContext, run: TrainingRun, config: GeneratorConfig
) -> GeneratorResult:
    """By a process on each of several GPUs, which load the classifier themselves."""
    class_names = _class_names(context)
    pack = project_pack(context.project)
    rows, targets = _annotated_rows(pack, run.training_set.rows)
    beside = annotated_images(context.project, Image.Split.GUIDANCE)
    judge_id = context.payload.get("judge")
    judge = None
    if judge_id is not None and beside:
        checkpoint = Checkpoint.objects.get(pk=judge_id)
        folder = engine_path(checkpoint.folder)
        judge = Judge(folder, classifier_title(checkpoint), *_annotated_rows(pack, beside))
    order = Order(
        pack=pack.path,
        rows=rows,
        targets=targets,
        class_count=len(class_names),
        config=config,
        seed=run.seed,
        folder=engine_path(run.folder),
        warm_start=engine_path(run.warm_start.folder) if run.warm_start else None,
        class_names=tuple(class_names),
        judge=judge,
    )
    return train_together(
        order, processes, on_event=_recorder(context, run), should_stop=context.should_stop
    )


def _judge(context: JobContext) -> tuple[Checkpoint, TrainedClassifier] | None:
    """The job's classifier, None without one."""
    judge_id = context.payload.get("judge")
    if judge_id is None:
        return None
    judge = Checkpoint.objects.get(pk=judge_id)
    return judge, load_classifier(engine_path(judge.folder))


def _perceptual(config: GeneratorConfig, classifier: TrainedClassifier | None) -> nn.Module | None:
    """What the generator's warm-up compares by; None where it has none or there is nothing."""
    if not isinstance(config, AdversarialConfig) or not config.warm_up_steps:
        return None
    network = fixed_network() if config.warm_up_network == "fixed" else classifier
    return None if network is None else network.backbone


def _reference(
    context: JobContext, pack: Pack, judge: Checkpoint, classifier: TrainedClassifier
) -> Reference | None:
    """The annotated guidance images as the classifier sees them; None without any."""
    annotated = annotated_images(context.project, Image.Split.GUIDANCE)
    if not annotated:
        return None
    rows, targets = _annotated_rows(pack, annotated)
    return Reference(
        network=classifier_title(judge),
        features=classifier.features(pack.images[rows]),
        classes=targets,
        features_of=classifier.features,
    )


def _training_run(context: JobContext) -> TrainingRun:
    return TrainingRun.objects.select_related(
        "training_set", "warm_start", "practice_generator"
    ).get(pk=context.payload["training_run"])


def _annotated_rows(pack: Pack, images: Sequence[tuple[str, int]]) -> AnnotatedRows:
    rows = pack.rows([sha256 for sha256, _ in images])
    return rows, np.array([position for _, position in images], dtype=np.int64)


def _class_names(context: JobContext) -> list[str]:
    return [annotation_class.name for annotation_class in annotation_class_list(context.project)]


def _recorder(context: JobContext, run: TrainingRun) -> OnEvent:
    """Keeps curve points and samples that the engine tells of, and logs all that it tells."""

    def record(event: EngineEvent) -> None:
        if event.kind == "curve":
            curve_point_record(training_run=run, step=event.step, values=event.values)
        if event.kind == "samples" and event.path:
            sample_sheet_store(training_run=run, png=event.path.read_bytes(), step=event.step)
        if event.kind in NOTICES:
            notice_record(training_run=run, kind=event.kind, step=event.step, message=event.message)
        context.publish(event, training_run=run.pk)

    return record
