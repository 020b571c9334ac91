"""Measuring checkpoints on real-only splits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apps.evaluation.models import EvaluationRun
from apps.evaluation.services import Figure, evaluation_record, positions_unpack
from apps.images.models import Image
from apps.images.selectors import image_manifest
from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import annotation_class_list
from apps.training.models import Checkpoint
from ml_engine.significance import (
    accuracy_interval,
    calibration_error_interval,
    macro_f1_interval,
)
from ml_engine.worker.context import JobContext
from ml_engine.worker.predicting import predictions_of

BOOTSTRAP_SEED = 0
"""Intervals of one list of answers are the same whenever they are computed."""


def annotated_images(project: Project, split: str) -> list[tuple[str, int]]:
    """Hash and class position of a split's real, annotated images, in order of the hash."""
    return image_manifest(
        Image.objects.filter(
            project=project,
            origin=Image.Origin.REAL,
            split=split,
            status=Image.Status.ACCEPTED,
        )
    )


def evaluate(context: JobContext, checkpoint: Checkpoint, split: str) -> EvaluationRun:
    """Measure a classifier's checkpoint on a split, keeping each prediction and the figures."""
    images = annotated_images(context.project, split)
    seen = predictions_of(context, checkpoint, [sha256 for sha256, _ in images])
    predictions = seen.probabilities.argmax(axis=1)
    targets = np.array([position for _, position in images], np.int64)
    return evaluation_record(
        claim=context.claim,
        checkpoint=checkpoint,
        split=split,
        images=[sha256 for sha256, _ in images],
        targets=targets.tolist(),
        predictions=predictions.tolist(),
        figures=_figures(targets, seen.probabilities, annotation_class_list(context.project)),
    )


def answers(runs: Sequence[EvaluationRun]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Targets (N,) and predictions (S, N) of S runs on the same list of images."""
    if len({run.images_sha256 for run in runs}) != 1:
        raise ValueError("Only evaluations of one and the same list of images can be compared.")
    targets = np.array(positions_unpack(bytes(runs[0].targets)), np.int64)
    predictions = [positions_unpack(bytes(run.predictions)) for run in runs]
    return targets, np.array(predictions, np.int64)


def _figures(
    targets: NDArray[np.int64], probabilities: NDArray[np.float32], classes: list[AnnotationClass]
) -> list[Figure]:
    predictions = probabilities.argmax(axis=1)
    correct = predictions == targets
    figures = [
        Figure("accuracy", *accuracy_interval(correct, BOOTSTRAP_SEED)),
        Figure(
            "macro_f1",
            *macro_f1_interval(targets, predictions[None], len(classes), BOOTSTRAP_SEED),
        ),
        Figure(
            "calibration_error",
            *calibration_error_interval(targets, probabilities, BOOTSTRAP_SEED),
        ),
    ]
    for position, annotation_class in enumerate(classes):
        of_class = correct[targets == position]
        if of_class.size:
            figures.append(
                Figure(
                    "recall",
                    *accuracy_interval(of_class, BOOTSTRAP_SEED),
                    class_id=annotation_class.pk,
                )
            )
    return figures
