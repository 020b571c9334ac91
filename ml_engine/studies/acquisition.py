"""How many annotations a strategy needs: classifiers that learn from what it asks for, in turns.

All strategies begin with the same random annotations. At each number of annotations a classifier
learns anew, in equally many steps, is tested, and looks at the pool; the strategy then chooses
what is annotated next, with the engine's own functions.
"""

from __future__ import annotations

import io
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_engine.choosing import Pool, choose
from ml_engine.classifiers.inference import Predictions
from ml_engine.config import ClassifierConfig
from ml_engine.measures.intervals import Estimate, jackknife_variance, student
from ml_engine.packs import array_pack
from ml_engine.randomness import numpy_generator
from ml_engine.studies.learning import accuracy_of, learnt, whole_write
from ml_engine.studies.pictures import Pictures

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Course:
    """What all strategies and seeds have in common."""

    train: Pictures
    test: Pictures
    class_count: int
    pool: int
    """Images that can be asked about, the annotated ones among them; drawn by seed."""
    sizes: Sequence[int]
    """Numbers of annotations at which a classifier learns, rising."""
    classifier: ClassifierConfig

    def __post_init__(self) -> None:
        if not self.sizes or list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError(f"The numbers of annotations {list(self.sizes)} do not rise.")
        most = min(self.pool, len(self.train.classes))
        if self.sizes[-1] > most:
            raise ValueError(
                f"{self.sizes[-1]} annotations are asked for; there are {most} images."
            )


@dataclass(frozen=True)
class _Looked:
    """What a classifier is worth on the test, and what it says of the pool, if that is asked."""

    accuracy: float
    pool: Callable[[], Predictions]


@dataclass
class _Progress:
    accuracies: list[float]
    annotated: Rows
    """Of the pool, in the order in which they were asked about."""


class Trial:
    """One seed: what it has found lies under `folder` and is found there again."""

    def __init__(self, course: Course, seed: int, folder: Path) -> None:
        self._course, self._seed, self._folder = course, seed, folder
        order = numpy_generator(seed, "acquisition").permutation(len(course.train.classes))
        rows = order[: course.pool]
        self._pack, self._classes = (
            array_pack(course.train.images[rows]),
            course.train.classes[rows],
        )

    def recorded(self, strategy: str) -> list[float] | None:
        """Its accuracies by number of annotations, where all are there."""
        accuracies = self._read(strategy).accuracies
        return accuracies if len(accuracies) == len(self._course.sizes) else None

    def accuracies(self, strategy: str) -> list[float]:
        """On the test images, by number of annotations. Raises what `choose` raises."""
        now, looked = self._read(strategy), None
        for size in self._course.sizes[len(now.accuracies) :]:
            if size > len(now.annotated):
                looked = looked or self._looked(now.annotated)
                now.annotated = self._more(strategy, now.annotated, looked.pool(), size)
            looked = self._looked(now.annotated)
            now.accuracies.append(looked.accuracy)
            self._write(strategy, now)
        return now.accuracies

    def _more(self, strategy: str, annotated: Rows, seen: Predictions, size: int) -> Rows:
        """The annotated ones, then what the strategy chooses of the others, `size` in all."""
        left = np.setdiff1d(np.arange(len(self._pack)), annotated)
        pool = Pool(
            seen.probabilities[left],
            seen.features[left],
            self._seed_of("choice", len(annotated)),
            seen.features[annotated],
            self._classes[annotated],
        )
        return np.concatenate([annotated, left[choose(strategy, pool, size - len(annotated))]])

    def _looked(self, annotated: Rows) -> _Looked:
        """By a classifier that learns from these; the first one is the same for all strategies."""
        if len(annotated) > self._course.sizes[0]:
            return self._learnt(annotated)
        kept = self._folder / "start.npz"
        if not kept.exists():
            found = self._learnt(annotated)
            _put(kept, found)
        with np.load(kept) as arrays:
            seen = Predictions(arrays["probabilities"], arrays["features"])
            return _Looked(float(arrays["accuracy"]), lambda: seen)

    def _learnt(self, annotated: Rows) -> _Looked:
        with tempfile.TemporaryDirectory() as scratch:
            classifier = learnt(
                self._pack, annotated, self._classes[annotated], self._course.class_count,
                self._course.classifier, self._seed_of("training", len(annotated)), Path(scratch),
            )  # fmt: skip
        accuracy = accuracy_of(classifier, self._course.test)
        return _Looked(accuracy, lambda: classifier.predict(self._pack.images))

    def _seed_of(self, purpose: str, size: int) -> int:
        return int(numpy_generator(self._seed, purpose, size).integers(2**31))

    def _record(self, strategy: str) -> Path:
        return self._folder / f"{strategy}.json"

    def _read(self, strategy: str) -> _Progress:
        record = self._record(strategy)
        if not record.exists():
            return _Progress([], np.arange(self._course.sizes[0]))
        found = json.loads(record.read_text())
        return _Progress(found["accuracies"], np.array(found["annotated"], np.int64))

    def _write(self, strategy: str, now: _Progress) -> None:
        found = {"accuracies": now.accuracies, "annotated": now.annotated.tolist()}
        whole_write(self._record(strategy), json.dumps(found).encode())


def _put(path: Path, looked: _Looked) -> None:
    buffer, seen = io.BytesIO(), looked.pool()
    np.savez(
        buffer, accuracy=looked.accuracy, probabilities=seen.probabilities, features=seen.features
    )
    whole_write(path, buffer.getvalue())


def labels_needed(
    sizes: Sequence[int], accuracies: NDArray[np.float64], wanted: float
) -> float | None:
    """At which number of annotations a curve (S,) first has the accuracy; None where it has not.

    Between two numbers the accuracy rises with the logarithm of the annotations.
    """
    reached = np.flatnonzero(accuracies >= wanted)
    if not len(reached):
        return None
    after = int(reached[0])
    if after == 0:
        return float(sizes[0])
    ends = accuracies[after - 1], accuracies[after]
    share = (wanted - ends[0]) / (ends[1] - ends[0])
    few, many = sizes[after - 1], sizes[after]
    return float(few * (many / few) ** share)


def labels_ratio(
    sizes: Sequence[int],
    by_chance: NDArray[np.float64],
    curves: NDArray[np.float64],
    at: int = -1,
) -> Estimate:
    """How many times fewer annotations a strategy needs for what chance has with `sizes[at]`.

    Both (seeds, S), seeds in pairs. Of the mean curves; the interval by leaving seeds out (Tukey
    1958) and Student's distribution, on the logarithm. A strategy that never gets there counts as
    one that does with the most annotations: its ratio is that or less. Where chance's curve is flat
    the ratio flatters, for chance came about as far with fewer: look at an earlier size as well.
    """

    def log_ratio(chosen: NDArray[np.int64]) -> float:
        wanted = float(by_chance[chosen].mean(axis=0)[at])
        needed = labels_needed(sizes, curves[chosen].mean(axis=0), wanted) or sizes[-1]
        return float(np.log(sizes[at] / needed))

    seeds = np.arange(len(curves))
    value = log_ratio(seeds)
    if len(seeds) < 2:
        return Estimate(float(np.exp(value)), math.nan, math.nan)
    variance = jackknife_variance(np.array([log_ratio(np.delete(seeds, i)) for i in seeds]))
    found = student(value, variance, freedom=len(seeds) - 1)
    return Estimate(*(float(np.exp(end)) for end in (found.value, found.low, found.high)))
