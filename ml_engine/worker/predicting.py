"""What a classifier's checkpoint sees in a project's images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from apps.training.models import Checkpoint
from ml_engine.classifiers.inference import Predictions, load_classifier, predict
from ml_engine.classifiers.members import disagreements
from ml_engine.config import OnEvent
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path, project_pack


def predictions_of(
    context: JobContext,
    checkpoint: Checkpoint,
    hashes: Sequence[str],
    *,
    on_event: OnEvent | None = None,
) -> Predictions:
    """Predictions for the project's images of these hashes, in their order.

    The pack is asked for after they were listed, though the job may have one: a split may have
    grown since. Raises `StopRequestedError`.
    """
    pack = project_pack(context.project)
    return predict(
        load_classifier(engine_path(checkpoint.folder)),
        pack,
        pack.rows(hashes),
        on_event=on_event,
        should_stop=context.should_stop,
    )


def disagreements_of(
    context: JobContext, checkpoint: Checkpoint, hashes: Sequence[str], *, seed: int
) -> NDArray[np.float64]:
    """How far the checkpoint's members disagree about the images of these hashes (N,), 0 to 1.

    Raises `ConfigError` for one without members, and `StopRequestedError`.
    """
    pack = project_pack(context.project)
    return disagreements(
        load_classifier(engine_path(checkpoint.folder)),
        pack,
        pack.rows(hashes),
        seed=seed,
        should_stop=context.should_stop,
    )
