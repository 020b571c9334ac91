"""Where a round begins: few annotated images, a pool without annotations, a first classifier."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_engine.classifiers.inference import Predictions, TrainedClassifier
from ml_engine.config import ClassifierConfig
from ml_engine.generators.health import Reference
from ml_engine.packs import Pack
from ml_engine.studies.learning import learnt

Rows = NDArray[np.int64]


class Beginning:
    """Rows of a pack by what they are for, and what a classifier of the annotated ones makes of
    the others. It is kept in `folder`, and trained when it is first needed."""

    def __init__(
        self,
        pack: Pack,
        classes: Rows,
        *,
        annotated: Rows,
        pool: Rows,
        guidance: Rows,
        class_count: int,
        config: ClassifierConfig,
        seed: int,
        folder: Path,
    ) -> None:
        self._pack, self._classes = pack, classes
        self._annotated, self._pool, self._guidance = annotated, pool, guidance
        self._class_count, self._config, self._seed = class_count, config, seed
        self._folder = folder

    @cached_property
    def judge(self) -> TrainedClassifier:
        """The classifier that learnt from the annotated images, calibrated on guidance."""
        return learnt(
            self._pack, self._annotated, self._classes[self._annotated], self._class_count,
            self._config, self._seed, self._folder,
            calibration=(self._guidance, self._classes[self._guidance]),
        )  # fmt: skip

    @cached_property
    def pool_seen(self) -> Predictions:
        """What it says of the pool."""
        return self.judge.predict(self._pack.images[self._pool])

    @cached_property
    def guidance_seen(self) -> Predictions:
        """What it says of the guidance images."""
        return self.judge.predict(self._pack.images[self._guidance])

    def sure(self, confidence: float) -> tuple[Rows, Rows]:
        """Rows of the pool that it is surer of, and the classes that it sees."""
        probabilities = self.pool_seen.probabilities
        sure = probabilities.max(axis=1) >= confidence
        return self._pool[sure], probabilities[sure].argmax(axis=1).astype(np.int64)

    def learnt_from(self, confidence: float) -> tuple[Rows, Rows]:
        """Rows and classes of what a generator learns from: annotated images and the sure pool."""
        rows, seen = self.sure(confidence)
        classes = np.concatenate([self._classes[self._annotated], seen])
        return np.concatenate([self._annotated, rows]), classes

    @cached_property
    def reference(self) -> Reference:
        """The guidance images, beside which a generator's health is measured."""
        return Reference(
            "the classifier of the annotated images",
            self.guidance_seen.features,
            self._classes[self._guidance],
            self.judge.features,
        )
