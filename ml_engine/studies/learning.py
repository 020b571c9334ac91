"""What every study does: train a classifier, test it, and keep what was found."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ml_engine.classifiers.inference import TrainedClassifier, load_classifier
from ml_engine.classifiers.training import Split, Supplement, train_classifier
from ml_engine.config import ClassifierConfig, EngineEvent
from ml_engine.packs import Pack
from ml_engine.studies.pictures import Pictures


def learnt(
    pack: Pack,
    rows: NDArray[np.int64],
    classes: NDArray[np.int64],
    class_count: int,
    config: ClassifierConfig,
    seed: int,
    folder: Path,
    *,
    calibration: Split | None = None,
    supplement: Supplement | None = None,
) -> TrainedClassifier:
    """A classifier that learnt from `rows` of `pack` with these classes; kept in `folder`."""
    result = train_classifier(
        pack, rows, classes, class_count, pack.shape, config, seed, folder,
        calibration=calibration, supplement=supplement, on_event=ignore, should_stop=never,
    )  # fmt: skip
    return load_classifier(result.folder)


def accuracy_of(classifier: TrainedClassifier, test: Pictures) -> float:
    """The share of the test that it sees rightly."""
    seen = classifier.probabilities(test.images).argmax(axis=1)
    return float((seen == test.classes).mean())


def whole_write(path: Path, content: bytes) -> None:
    """The file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)


def one_thread() -> None:
    """For each of several processes that share the cores already."""
    torch.set_num_threads(1)


def ignore(event: EngineEvent) -> None:
    """For trainings whose curves nobody looks at."""


def never() -> bool:
    """For trainings that nobody stops."""
    return False
