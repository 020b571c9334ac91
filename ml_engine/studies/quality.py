"""What the images of each family are worth, on one dataset, by the engine's own functions.

As in a round of the loop: a classifier learns from few annotated images; unannotated ones that it
is sure of join with the class that it sees; a generator learns from both. Then classifiers learn
from its images alone, and from real and synthetic ones together, in the same number of steps.
The features that images are compared on come from a classifier that learnt from other images, all
annotated, which no generator and no other classifier sees.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_engine.checkpoints import WEIGHTS
from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.config import ClassifierConfig, GeneratorConfig, TrainedConfig
from ml_engine.config.generators import AdversarialConfig
from ml_engine.generators.training import load_generator, sample, train_generator
from ml_engine.measures.frechet import FidRefusedError, fid
from ml_engine.measures.kernel import kid
from ml_engine.measures.memorisation import memorisation
from ml_engine.measures.neighbourhoods import neighbourhoods
from ml_engine.packs import Pack, array_pack
from ml_engine.randomness import numpy_generator
from ml_engine.studies.beginning import Beginning
from ml_engine.studies.learning import accuracy_of, learnt, never, whole_write
from ml_engine.studies.pace import Pace, seconds
from ml_engine.studies.pictures import Pictures

PROBE_STEPS = 40
"""Timed before a training, to tell how many steps its minutes allow."""
SPARE = 0.9
"""Share of the minutes that is planned for steps; looking at the samples takes the rest."""


@dataclass(frozen=True)
class Counts:
    """How many images there are of each kind."""

    annotated: int = 500
    pool: int = 20_000
    """Unannotated."""
    guidance: int = 500
    """Annotated; nothing learns from them. They calibrate the classifier and choose a training's
    best moment."""
    others: int = 20_000
    """Annotated; for the feature network alone."""
    compared: int = 5_000
    """Held-out real images that the synthetic ones are compared with, and synthetic images that a
    classifier learns from alone."""
    synthetic_per_real: int = 4
    """When a classifier learns from both."""


@dataclass(frozen=True)
class Outcome:
    """What one training of a generator was worth. Shares and accuracies lie in [0, 1]."""

    coverage: float
    density: float
    kid: float
    fid: float | None
    """Without the bias of few images; None where it was refused."""
    near_copies: float
    """Share nearer to a training image than 99% of unseen real images are."""
    synthetic_only_accuracy: float
    real_and_synthetic_accuracy: float
    alarms: int
    steps: int
    """0 for a family that takes none."""
    best_step: int
    """The moment that was kept."""
    train_s: float
    """Seconds of one core, of all its cores together; by the clock on a GPU."""
    train_images_per_s: float
    """Images of a batch × steps, by time; 0 for a family that takes none."""
    sample_images_per_s: float
    size_mb: float


@dataclass(frozen=True)
class Controls:
    """Accuracies of classifiers that learn without any generator."""

    real_only_accuracy: float
    real_and_pool_accuracy: float
    """With the pool images that the classifier is sure of, and the classes that it sees."""
    pool_kept: float
    """Share of the pool that it is sure of."""
    pool_right: float
    """Share of those whose class it sees rightly."""


class Study:
    """All trainings with one seed; everything lies under `folder` and is found there again."""

    def __init__(
        self,
        train: Pictures,
        test: Pictures,
        *,
        class_count: int,
        seed: int,
        folder: Path,
        counts: Counts | None = None,
        classifier: ClassifierConfig | None = None,
    ) -> None:
        self._pack, self._classes = array_pack(train.images), train.classes
        self._test, self._class_count = test, class_count
        self._seed, self._folder = seed, folder
        self._counts, self._config = counts or Counts(), classifier or ClassifierConfig()
        order = numpy_generator(seed, "study").permutation(len(train.classes))
        ends = np.cumsum(
            [self._counts.annotated, self._counts.pool, self._counts.guidance, self._counts.others]
        )
        if ends[-1] > len(order):
            raise ValueError(f"The study needs {ends[-1]} images; there are {len(order)}.")
        self._annotated, self._pool, self._guidance, self._others, _ = np.split(order, ends)
        self._begun = Beginning(
            self._pack, self._classes, annotated=self._annotated, pool=self._pool,
            guidance=self._guidance, class_count=class_count, config=self._config, seed=seed,
            folder=folder / "classifiers" / "real",
        )  # fmt: skip

    def controls(self) -> Controls:
        """What a generator's images are compared with."""
        record = self._folder / "controls.json"
        if not record.exists():
            whole_write(record, json.dumps(asdict(self._controls())).encode())
        return Controls(**json.loads(record.read_text()))

    def _controls(self) -> Controls:
        rows, seen = self._begun.sure(GeneratorConfig().pool_confidence)
        both = np.concatenate([self._annotated, rows])
        return Controls(
            real_only_accuracy=self._accuracy(self._begun.judge),
            real_and_pool_accuracy=self._accuracy(
                self._classifier(
                    "with-pool",
                    self._pack,
                    both,
                    np.concatenate([self._classes[self._annotated], seen]),
                )
            ),
            pool_kept=len(rows) / len(self._pool),
            pool_right=float((self._classes[rows] == seen).mean()),
        )

    def recorded(self, name: str) -> Outcome | None:
        """What was measured under this name already."""
        record = self._record(name)
        return Outcome(**json.loads(record.read_text())) if record.exists() else None

    def _record(self, name: str) -> Path:
        return self._folder / name / "outcome.json"

    def outcome(
        self, name: str, config: GeneratorConfig, *, most_s: float, say: Callable[[str], None]
    ) -> Outcome:
        """Train `config`, as many of its steps as `most_s` seconds allow, and measure.

        `name` is that of its folder. Raises what `train_generator` raises.
        """
        known = self.recorded(name)
        if known:
            return known
        folder = self._folder / name
        config = self._affordable(config, folder, most_s)
        pace, began = Pace(), seconds()
        rows, classes = self._begun.learnt_from(config.pool_confidence)
        result = train_generator(
            self._pack, rows, classes, self._class_count, self._pack.shape, config, self._seed,
            folder, reference=self._begun.reference, perceptual=self._begun.judge.backbone,
            on_event=pace, should_stop=never,
        )  # fmt: skip
        steps = config.steps if isinstance(config, TrainedConfig) else 0
        # A training that went on from an earlier start is timed by its pace.
        train_s = steps / pace.steps_per_s if pace.steps_per_s else seconds() - began
        say(f"{name}: trained in {train_s:,.0f} s, health {result.health.to_json()}")
        asked = self._test.classes[: self._counts.compared]
        generator = load_generator(result.folder)
        sample(generator, self._seed, asked[:PROBE_STEPS])
        began = seconds()
        images, _ = sample(generator, self._seed, asked)
        sample_s = seconds() - began
        batch = config.batch_size if isinstance(config, TrainedConfig) else 0
        outcome = Outcome(
            **self._compared(images, rows),
            **self._learnt(name, images, asked),
            alarms=len(pace.alarms),
            steps=steps,
            best_step=result.health.step,
            train_s=train_s,
            train_images_per_s=batch * steps / train_s,
            sample_images_per_s=len(images) / sample_s,
            size_mb=(result.folder / WEIGHTS).stat().st_size / 1e6,
        )
        whole_write(self._record(name), json.dumps(asdict(outcome)).encode())
        return outcome

    def _affordable(self, config: GeneratorConfig, folder: Path, most_s: float) -> GeneratorConfig:
        """`config` with no more steps than fit; the same again for a training that goes on."""
        if not isinstance(config, TrainedConfig):
            return config
        plan = folder / "steps.json"
        if not plan.exists():
            pace = Pace()
            probe = replace(config, steps=PROBE_STEPS, checks=1)
            if isinstance(probe, AdversarialConfig):
                probe = replace(probe, warm_up_steps=0)
            rows, classes = self._begun.learnt_from(config.pool_confidence)
            train_generator(
                self._pack, rows, classes, self._class_count, self._pack.shape, probe, self._seed,
                folder / "probe", on_event=pace, should_stop=never,
            )  # fmt: skip
            steps = min(config.steps, max(1, int(SPARE * most_s * pace.steps_per_s)))
            whole_write(plan, json.dumps(steps).encode())
        return replace(config, steps=int(json.loads(plan.read_text())))

    def _compared(self, images: NDArray[np.uint8], rows: NDArray[np.int64]) -> dict[str, Any]:
        fake = self._features.features(images)
        real = self._features.features(self._test.images[: self._counts.compared])
        around = neighbourhoods(real, fake)
        copied = memorisation(self._features.features(self._pack.images[rows]), real, fake)
        try:
            distance = fid(real, fake, seed=self._seed).unbiased.value
        except FidRefusedError:
            distance = None
        return {
            "coverage": around.coverage.value,
            "density": around.density.value,
            "kid": kid(real, fake).value,
            "fid": distance,
            "near_copies": copied.near_copies.value,
        }

    def _learnt(
        self, name: str, images: NDArray[np.uint8], classes: NDArray[np.int64]
    ) -> dict[str, float]:
        """Accuracies of a classifier that learns from the images alone, and with real ones."""
        pack = array_pack(np.concatenate([images, self._pack.images[self._annotated]]))
        real = np.arange(len(images), len(pack))
        all_classes = np.concatenate([classes, self._classes[self._annotated]])
        few = np.arange(min(len(images), self._counts.synthetic_per_real * len(real)))
        parts = {"only": np.arange(len(images)), "with-real": np.concatenate([few, real])}
        only, both = (
            self._accuracy(self._classifier(f"{name}/{part}", pack, rows, all_classes[rows]))
            for part, rows in parts.items()
        )
        return {"synthetic_only_accuracy": only, "real_and_synthetic_accuracy": both}

    @cached_property
    def _features(self) -> TrainedClassifier:
        """The feature network."""
        return self._classifier("features", self._pack, self._others, self._classes[self._others])

    def _classifier(
        self, name: str, pack: Pack, rows: NDArray[np.int64], classes: NDArray[np.int64]
    ) -> TrainedClassifier:
        folder = self._folder / "classifiers" / name
        return learnt(pack, rows, classes, self._class_count, self._config, self._seed, folder)

    def _accuracy(self, classifier: TrainedClassifier) -> float:
        return accuracy_of(classifier, self._test)
