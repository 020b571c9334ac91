"""What synthetic images add at few annotations, beside what else the same effort could add.

As in a round of the loop, by the engine's own functions: a classifier learns from the annotated
images; a generator from these and from unannotated ones that the classifier is sure of; a batch is
aimed at what it is least sure of. Each arm then trains a classifier from the annotated images and
its own additional ones, with the same seed and in as many steps as without them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_engine.aiming import aim
from ml_engine.candidates import Targets
from ml_engine.checkpoints import load_checkpoint
from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.config import (
    AimConfig,
    ClassifierConfig,
    GeneratorConfig,
    PracticeConfig,
    generator_config,
)
from ml_engine.generators.training import (
    load_generator,
    sample,
    train_generator,
    unlearnt_classes,
)
from ml_engine.neighbours import nearest
from ml_engine.packs import array_pack
from ml_engine.practice.practising import Practice
from ml_engine.randomness import numpy_generator
from ml_engine.studies.beginning import Beginning, Rows
from ml_engine.studies.learning import accuracy_of, ignore, learnt, never, whole_write
from ml_engine.studies.pictures import Pictures
from ml_engine.uncertainty import score

IMAGES_A_TARGET = 2
"""As the loop aims."""
REAL = "real"
"""The arm without anything else; the others are compared with it."""


@dataclass(frozen=True)
class Bench:
    """What all seeds and numbers of annotations have in common."""

    train: Pictures
    test: Pictures
    class_count: int
    pool: int
    """Unannotated images."""
    guidance: int
    """Annotated images that nothing learns from: they calibrate, and are aimed at."""
    looks: int
    """What people spend on a batch, in images: as many could be annotated instead."""
    generator: GeneratorConfig
    classifier: ClassifierConfig


@dataclass(frozen=True)
class _Added:
    """What an arm learns from beside the annotated images."""

    images: NDArray[np.uint8]
    """(n, C, S, S)"""
    classes: Rows
    practice: Practice | None = None
    """What makes more while the classifier trains."""


class Trial:
    """All arms of one seed at one number of annotations; `folder` keeps what was found."""

    def __init__(self, bench: Bench, annotated: int, seed: int, folder: Path) -> None:
        self._bench, self._count, self._seed, self._folder = bench, annotated, seed, folder
        needed = bench.guidance + annotated + bench.pool
        order = numpy_generator(seed, "mixing").permutation(len(bench.train.classes))
        if needed > len(order):
            raise ValueError(f"The study needs {needed} images; there are {len(order)}.")
        # A smaller number's annotated images are the beginning of a larger one's.
        self._guidance, rest = order[: bench.guidance], order[bench.guidance :]
        self._annotated, self._pool = rest[:annotated], rest[annotated : annotated + bench.pool]
        self._pack, self._classes = array_pack(bench.train.images), bench.train.classes
        self._begun = Beginning(
            self._pack, self._classes, annotated=self._annotated, pool=self._pool,
            guidance=self._guidance, class_count=bench.class_count, config=bench.classifier,
            seed=seed, folder=folder / REAL,
        )  # fmt: skip

    def recorded(self) -> dict[str, float] | None:
        """Accuracies by arm, where all are there."""
        found = self._read()
        return found if found.keys() >= ARMS.keys() else None

    def accuracies(self) -> dict[str, float]:
        """On the test images, by arm. Raises what training a generator raises."""
        found = self._read()
        for name, added in ARMS.items():
            if name not in found:
                found[name] = self._accuracy(name, added(self))
                whole_write(self._record, json.dumps(found).encode())
        return found

    @property
    def _record(self) -> Path:
        return self._folder / "accuracies.json"

    def _read(self) -> dict[str, float]:
        return dict(json.loads(self._record.read_text())) if self._record.exists() else {}

    def _accuracy(self, name: str, added: _Added | None) -> float:
        if added is None:
            return accuracy_of(self._begun.judge, self._bench.test)
        return accuracy_of(self._learnt(name, added), self._bench.test)

    def _learnt(self, name: str, added: _Added) -> TrainedClassifier:
        bench, own = self._bench, self._classes[self._annotated]
        folder = self._folder / name
        if added.practice:
            return learnt(
                self._pack, self._annotated, own, bench.class_count, bench.classifier, self._seed,
                folder, calibration=(self._guidance, self._classes[self._guidance]),
                supplement=added.practice,
            )  # fmt: skip
        pack = array_pack(np.concatenate([self._pack.images[self._annotated], added.images]))
        return learnt(
            pack, np.arange(len(pack)), np.concatenate([own, added.classes]), bench.class_count,
            bench.classifier, self._seed, folder,
        )  # fmt: skip

    # --- The arms: what each adds to the annotated images
    def nothing(self) -> None:
        """The control."""

    def equal_minutes(self) -> _Added:
        """Real images that people annotate instead of looking at a batch, drawn at random."""
        return self._real(self._pool[: self._bench.looks])

    def equal_minutes_unsure(self) -> _Added:
        """The same number of real images, those of the smallest margin."""
        margins = score("margin", self._begun.pool_seen.probabilities, self._seed)
        chosen = np.argsort(-margins, kind="stable")[: self._bench.looks]
        return self._real(self._pool[chosen])

    def _real(self, rows: Rows) -> _Added:
        return _Added(self._pack.images[rows], self._classes[rows])

    def sure_pool(self) -> _Added:
        """Unannotated images that the classifier is sure of, with the class that it sees."""
        rows, seen = self._begun.sure(self._bench.generator.pool_confidence)
        return _Added(self._pack.images[rows[: self._count]], seen[: self._count])

    def nearest_real(self) -> _Added:
        """Unannotated images nearest to what is aimed at, with the class that the classifier
        sees."""
        features = self._begun.pool_seen.features.copy()
        apart = nearest(features, self._aimed_at.features)
        apart[self._aimed_at.pool_indices] = np.inf
        chosen = np.argsort(apart, kind="stable")[: self._count]
        seen = self._begun.pool_seen.probabilities[chosen].argmax(axis=1).astype(np.int64)
        return _Added(self._pack.images[self._pool[chosen]], seen)

    def augmented(self) -> _Added:
        """Annotated images moved and tinted: strong augmentation."""
        config = generator_config("augmentation", {}, mirror=self._bench.generator.mirror)
        return self._drawn(self._generator(config, "augmentation", *self._own))

    def untargeted(self) -> _Added:
        """As many synthetic images as annotated ones, of their classes."""
        return self._drawn(self._trained)

    def aimed(self) -> _Added:
        """As many synthetic images, aimed at what the classifier is least sure of."""
        return self._aimed

    def half_aimed(self) -> _Added:
        """Half as many."""
        some = numpy_generator(self._seed, "half").permutation(len(self._aimed.classes))
        chosen = some[: self._count // 2]
        return _Added(self._aimed.images[chosen], self._aimed.classes[chosen])

    def practised(self) -> _Added:
        """Synthetic images made while the classifier trains, of what it is unsure of then."""
        unlearnt = unlearnt_classes(self._trained)
        practice = Practice(
            load_generator(self._trained),
            load_checkpoint(self._trained, kind="generator")[1]["sha256"],
            [c for c in range(self._bench.class_count) if c not in unlearnt],
            PracticeConfig(),
        )
        return _Added(self._pack.images[:0], self._classes[:0], practice)

    def _drawn(self, folder: Path) -> _Added:
        classes = self._classes[self._annotated]
        images, _ = sample(load_generator(folder), self._seed, classes)
        return _Added(images, classes)

    # --- What the arms share
    @property
    def _own(self) -> tuple[Rows, Rows]:
        return self._annotated, self._classes[self._annotated]

    @cached_property
    def _aimed_at(self) -> _Targets:
        """The least sure guidance and pool images, as many as the loop aims at."""
        guidance = self._begun.guidance_seen
        probabilities = np.concatenate(
            [guidance.probabilities, self._begun.pool_seen.probabilities]
        )
        chosen = np.argsort(-score("margin", probabilities, self._seed), kind="stable")
        chosen = chosen[: max(1, self._count // IMAGES_A_TARGET)]
        known = self._classes[self._guidance]
        seen = self._begun.pool_seen.probabilities.argmax(axis=1).astype(np.int64)
        return _Targets(
            np.concatenate([guidance.features, self._begun.pool_seen.features])[chosen],
            np.concatenate([known, seen])[chosen],
            chosen[chosen >= len(known)] - len(known),
        )

    @cached_property
    def _trained(self) -> Path:
        config = self._bench.generator
        return self._generator(
            config, "generator", *self._begun.learnt_from(config.pool_confidence)
        )

    def _generator(self, config: GeneratorConfig, name: str, rows: Rows, classes: Rows) -> Path:
        return train_generator(
            self._pack, rows, classes, self._bench.class_count, self._pack.shape, config,
            self._seed, self._folder / name, reference=self._begun.reference, on_event=ignore,
            should_stop=never,
        ).folder  # fmt: skip

    @cached_property
    def _aimed(self) -> _Added:
        own = self._begun.judge.features(self._pack.images[self._annotated])
        aimed = aim(
            load_generator(self._trained),
            self._begun.judge,
            Targets(self._aimed_at.features, self._aimed_at.classes),
            training_features=np.concatenate([own, self._begun.pool_seen.features]),
            config=AimConfig(keep=self._count, threads=1),
            seed=self._seed,
            on_event=ignore,
            should_stop=never,
        )
        return _Added(aimed.images, aimed.classes)


@dataclass(frozen=True)
class _Targets:
    """Uncertain images that are aimed at."""

    features: NDArray[np.float32]
    """(M, D)"""
    classes: Rows
    """The known ones of guidance images, the seen ones of pool images."""
    pool_indices: Rows
    """Which of the pool are among them."""


ARMS: Mapping[str, Callable[[Trial], _Added | None]] = {
    REAL: Trial.nothing,
    "equal_minutes": Trial.equal_minutes,
    "equal_minutes_unsure": Trial.equal_minutes_unsure,
    "sure_pool": Trial.sure_pool,
    "nearest_real": Trial.nearest_real,
    "augmented": Trial.augmented,
    "untargeted": Trial.untargeted,
    "aimed": Trial.aimed,
    "half_aimed": Trial.half_aimed,
    "practised": Trial.practised,
}
"""By name, what each adds to the annotated images."""
