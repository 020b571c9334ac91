"""Faulty sources of synthetic images on real data, through what keeps them out of the loop.

As in a round: a classifier learns from few annotated images; a source's images are measured beside
guidance images that nothing learns from (`ml_engine.guards`); of those that pass, ratios are tried
in stages with paired seeds, the best on select is confirmed once on test (`ml_engine.controller`).
People look in between, who are left out here: what they would refuse has to be refused without.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.config import MOST_DROP, STAGES, ClassifierConfig, GuardConfig
from ml_engine.controller import (
    Answers,
    Confirmation,
    candidate_of,
    compared_count,
    confirm,
    next_stage,
)
from ml_engine.guards import Finding, guard_findings
from ml_engine.measures.report import Side
from ml_engine.packs import array_pack
from ml_engine.randomness import numpy_generator
from ml_engine.studies.learning import learnt, whole_write
from ml_engine.studies.pictures import Pictures

RATIOS = (0.5, 1.0)
"""Synthetic ÷ real, beside 0."""
COLLAPSED_TO = 3
"""Images of each class that the collapsed generator draws."""
NOISE = 3
"""Most that a copy's pixel differs from its original's, of 255."""


@dataclass(frozen=True)
class Counts:
    """How many images there are of each kind."""

    annotated: int = 300
    guidance: int = 500
    select: int = 1000
    test: int = 2000


@dataclass(frozen=True)
class Verdict:
    """What became of one source. Gains are differences of accuracy on test, in [-1, 1]."""

    findings: tuple[Finding, ...]
    confirmation: Confirmation
    """Of the ratio that did best on select, whether or not ratio 0 did better; of a source that
    was held back, with the seeds of the first stage alone."""
    best: float
    """The ratio that did best on select, 0 among them."""
    trained: int
    """Models, but for those of ratio 0, which all sources share."""

    @property
    def held_by(self) -> list[str]:
        """The guards that hold it back before any look."""
        return [finding.guard for finding in self.findings if finding.is_breached]

    @property
    def accepted(self) -> bool:
        """Whether its images would be mixed in."""
        return not self.held_by and self.best > 0 and self.confirmation.accepted


class Study:
    """One dataset and one seed; each model's answers lie under `folder` and are found there."""

    def __init__(
        self,
        train: Pictures,
        test: Pictures,
        strange: Pictures,
        *,
        class_count: int,
        seed: int,
        folder: Path,
        counts: Counts | None = None,
        classifier: ClassifierConfig | None = None,
        stages: Sequence[int] = STAGES,
    ) -> None:
        counts = counts or Counts()
        self._class_count, self._seed, self._folder, self._stages = (
            class_count, seed, folder, stages,
        )  # fmt: skip
        self._config = classifier or ClassifierConfig(steps=300, threads=1)
        order = numpy_generator(seed, "safeguards").permutation(len(train.classes))
        ends = np.cumsum([counts.annotated, counts.guidance, counts.select])
        if ends[-1] >= len(order):
            raise ValueError(
                f"The study needs more than {ends[-1]} images; there are {len(order)}."
            )
        parts = [
            Pictures(train.images[rows], train.classes[rows]) for rows in np.split(order, ends)
        ]
        self._annotated, self._guidance, self._select, self._held_back = parts
        self._test = Pictures(test.images[: counts.test], test.classes[: counts.test])
        self._strange = strange
        self.sources: dict[str, Callable[[NDArray[np.int64], str], Pictures]] = {
            "label_noise": self._label_noise,
            "collapsed": self._collapsed,
            "copies": self._copies,
            "other_domain": self._other_domain,
            "helpful": self._helpful,
        }

    def verdict(self, source: str, limits: GuardConfig | None = None) -> Verdict:
        """Lay the guards over a source, and let the controller try what it makes."""
        findings = tuple(self._findings(source, limits or GuardConfig()))
        held = any(finding.is_breached for finding in findings)
        stages = self._stages[:1] if held else self._stages
        answers = self._tried(source, stages)
        best = candidate_of(answers)
        shown = best or max(
            (ratio for ratio in answers if ratio > 0), key=lambda r: answers[r].mean()
        )
        seeds = len(answers[shown])
        confirmation = confirm(
            self._right("real", 0.0, range(seeds), self._test),
            self._right(source, shown, range(seeds), self._test),
            self._test.classes,
            seed=self._seed,
            most_drop=MOST_DROP,
            compared=compared_count(answers),
        )
        trained = sum(len(right) for ratio, right in answers.items() if ratio > 0)
        return Verdict(findings, confirmation, best, trained)

    def _findings(self, source: str, limits: GuardConfig) -> list[Finding]:
        shown = self.sources[source](self._guidance.classes, "measured")
        return guard_findings(
            self._side(self._guidance), self._side(shown), self._side(self._annotated),
            limits, seed=self._seed,
        )  # fmt: skip

    def _tried(self, source: str, stages: Sequence[int]) -> Answers:
        """Answers on select after all stages, as `next_stage` asks for them."""
        seeds = dict.fromkeys((0.0, *RATIOS), stages[0])

        def answers() -> Answers:
            return {
                ratio: self._right(source if ratio else "real", ratio, range(n), self._select)
                for ratio, n in seeds.items()
            }

        while stage := next_stage(answers(), stages, seed=self._seed):
            seeds |= dict.fromkeys(stage.ratios, stage.seeds)
        return answers()

    def _right(
        self, source: str, ratio: float, seeds: Sequence[int], on: Pictures
    ) -> NDArray[np.bool_]:
        """Whether each model classified each image rightly, (seeds, images)."""
        seen = np.stack([self._seen(source, ratio, seed) for seed in seeds])
        mine = seen[:, : len(self._select.classes)]
        if on is self._test:
            mine = seen[:, len(self._select.classes) :]
        return np.asarray(mine == on.classes)

    def _seen(self, source: str, ratio: float, number: int) -> NDArray[np.int64]:
        """The classes that one model sees in select, then in test; trained where it is not yet."""
        record = self._folder / f"{source}-{ratio:g}-{number}.npy"
        if not record.exists():
            images = np.concatenate([self._select.images, self._test.images])
            model = self._model(f"{source}-{ratio:g}-{number}", self._mixed(source, ratio), number)
            buffer = io.BytesIO()
            np.save(buffer, model.probabilities(images).argmax(axis=1))
            whole_write(record, buffer.getvalue())
        return np.asarray(np.load(record), np.int64)

    def _mixed(self, source: str, ratio: float) -> Pictures:
        """The annotated images, and of the source's the first: a smaller ratio's are among them."""
        if not ratio:
            return self._annotated
        asked = np.tile(np.arange(self._class_count), len(self._annotated.classes))
        made = self.sources[source](asked[: round(max(RATIOS) * len(self._annotated.classes))], "")
        count = round(ratio * len(self._annotated.classes))
        return Pictures(
            np.concatenate([self._annotated.images, made.images[:count]]),
            np.concatenate([self._annotated.classes, made.classes[:count]]),
        )

    def _model(self, name: str, pictures: Pictures, number: int) -> TrainedClassifier:
        pack = array_pack(pictures.images)
        return learnt(
            pack, np.arange(len(pack)), pictures.classes, self._class_count, self._config,
            1000 * self._seed + number, self._folder / "models" / name,
        )  # fmt: skip

    @cached_property
    def _judge(self) -> TrainedClassifier:
        """The classifier of the annotated images, on whose features a source is measured."""
        return self._model("judge", self._annotated, 0)

    def _side(self, pictures: Pictures) -> Side:
        return Side(self._judge.features(pictures.images), pictures.classes)

    def _helpful(self, asked: NDArray[np.int64], purpose: str) -> Pictures:
        """Real images that were held back: a generator without a fault."""
        return _drawn(self._held_back, asked, self._draws("helpful", purpose))

    def _label_noise(self, asked: NDArray[np.int64], purpose: str) -> Pictures:
        """Real images that were held back, each of another class than was asked for."""
        draws = self._draws("label noise", purpose)
        wrong = (asked + draws.integers(1, self._class_count, len(asked))) % self._class_count
        return replace(_drawn(self._held_back, wrong, draws), classes=asked)

    def _collapsed(self, asked: NDArray[np.int64], purpose: str) -> Pictures:
        """A few images of each class, over and over, whatever they are for."""
        few = np.repeat(np.arange(self._class_count), COLLAPSED_TO)
        kept = _drawn(self._held_back, few, self._draws("collapsed", ""))
        return _drawn(kept, asked, self._draws("collapsed", purpose), again=True)

    def _copies(self, asked: NDArray[np.int64], purpose: str) -> Pictures:
        """Annotated images, with a noise that nobody sees."""
        draws = self._draws("copies", purpose)
        found = _drawn(self._annotated, asked, draws, again=True)
        noise = draws.integers(-NOISE, NOISE + 1, found.images.shape)
        return replace(found, images=(found.images + noise).clip(0, 255).astype(np.uint8))

    def _other_domain(self, asked: NDArray[np.int64], purpose: str) -> Pictures:
        """Images of another dataset, whose classes have the same numbers."""
        return _drawn(self._strange, asked, self._draws("other domain", purpose), again=True)

    def _draws(self, source: str, purpose: str) -> np.random.Generator:
        return numpy_generator(self._seed, f"{source} {purpose}")


def _drawn(
    pictures: Pictures, asked: NDArray[np.int64], draws: np.random.Generator, again: bool = False
) -> Pictures:
    """One picture of each class in `asked` (N,); with `again`, any of them more than once."""
    rows = np.empty(len(asked), np.int64)
    for c in np.unique(asked):
        places = np.flatnonzero(asked == c)
        mine = np.flatnonzero(pictures.classes == c)
        rows[places] = draws.choice(mine, len(places), replace=again)
    return Pictures(pictures.images[rows], np.asarray(asked))


def verdicts(study: Study) -> Iterator[tuple[str, Verdict]]:
    """Of every source, as they are done."""
    for source in study.sources:
        yield source, study.verdict(source)
