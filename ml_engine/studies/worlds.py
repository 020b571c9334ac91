"""Simulated worlds in which the truth about each ratio is known, for trials of the controller.

An answer is right where difficulty of the image, worth of the ratio, luck of the seed and chance
add up to more than 0: a two-way random effects model with a probit link (Agresti 2013, §13.3).
Images are equally difficult for all ratios and seeds; a model's luck is the same on select and on
test, in parts for all classes and for each class alone; what one seed's models share cancels in
pairs. As all terms are normal, accuracies and gains hold exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

RECALLS = (0.75, 0.95, 0.7, 0.82, 0.66, 0.86, 0.5, 0.87, 0.93, 0.92)
"""Of classes, with real images alone."""


@dataclass(frozen=True)
class Worth:
    """What a ratio truly does. Differences of accuracy or recall, in [-1, 1]."""

    gain: float = 0.0
    """Over all classes."""
    of_classes: Mapping[int, float] = field(default_factory=dict)
    """Of classes that do not move with the others, by position."""


@dataclass(frozen=True)
class World:
    """One kind of world; accuracy and noise in shares."""

    worths: Mapping[float, Worth]
    """By ratio above 0."""
    seeds: int = 10
    """Drawn of each ratio; who tries in stages looks at the first ones."""
    select: int = 2000
    test: int = 3000
    """Images."""
    recalls: tuple[float, ...] = RECALLS
    seed_noise: float = 0.01
    """Standard deviation of a model's accuracy over seeds."""
    shared: float = 0.0
    """Share of its variance that the models of one seed have in common, in [0, 1)."""
    class_noise: float = 0.03
    """Standard deviation of a class's recall over seeds, beside that of all classes together."""
    difficulty: float = 2.0
    """Standard deviation of images, where that of chance is 1."""
    taste: float = 0.3
    """The same of what single images gain or lose with a ratio."""

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        """Class of each image: those of select, then those of test."""
        positions = np.arange(max(self.select, self.test)) % len(self.recalls)
        return np.concatenate([positions[: self.select], positions[: self.test]])

    @cached_property
    def levels(self) -> dict[float, NDArray[np.float64]]:
        """Mean latent level (K,) of each class, by ratio."""
        return {0.0: self._scale * ndtri(self.recalls)} | {
            ratio: self._levels_of(worth) for ratio, worth in sorted(self.worths.items())
        }

    def _levels_of(self, worth: Worth) -> NDArray[np.float64]:
        recalls = np.array(self.recalls)
        apart = np.array([position in worth.of_classes for position in range(len(recalls))])
        wanted = recalls.mean() + worth.gain
        moved = recalls + [worth.of_classes.get(k, 0.0) for k in range(len(recalls))]

        def recalls_at(shift: float) -> NDArray[np.float64]:
            return np.where(apart, moved, ndtr(ndtri(recalls) + shift))

        shift = brentq(lambda shift: recalls_at(shift).mean() - wanted, -3, 3)
        levels: NDArray[np.float64] = self._scale * ndtri(recalls_at(shift))
        return levels

    @cached_property
    def _scale(self) -> float:
        """Standard deviation of all latent terms together, but for the seeds' small ones."""
        return float(np.sqrt(1 + self.difficulty**2 + self.taste**2))

    @cached_property
    def _slopes(self) -> NDArray[np.float64]:
        """By how much a class's recall rises with its latent level (K,)."""
        z = ndtri(self.recalls)
        slopes: NDArray[np.float64] = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / self._scale
        return slopes

    def draw(self, chance: np.random.Generator) -> Drawn:
        """All answers of one world."""
        classes, images = len(self.recalls), len(self.targets)
        difficulty = chance.normal(0, self.difficulty, images)
        # What is left of the noise of all classes together once that of each alone is counted.
        alone = self.class_noise**2 / classes
        together = np.sqrt(max(0.0, self.seed_noise**2 - alone)) / self._slopes.mean()
        common = chance.normal(0, together * np.sqrt(self.shared), (self.seeds, 1))
        each = self.class_noise / self._slopes
        common = common + chance.normal(0, each * np.sqrt(self.shared), (self.seeds, classes))
        own = np.sqrt(1 - self.shared)
        answers = {}
        for ratio, level in self.levels.items():
            luck = common + chance.normal(0, together * own, (self.seeds, 1))
            luck = luck + chance.normal(0, each * own, (self.seeds, classes))
            bent = difficulty + chance.normal(0, self.taste, images)
            latent = (level + luck).astype(np.float32)[:, self.targets] + bent.astype(np.float32)
            noise = chance.standard_normal((self.seeds, images), np.float32)
            answers[ratio] = latent > noise
        return Drawn(answers, self.targets[self.select :], self.select)


@dataclass(frozen=True)
class Drawn:
    """The answers that a controller may see."""

    answers: dict[float, NDArray[np.bool_]]
    """(seeds, images) by ratio."""
    targets: NDArray[np.int64]
    """Of test."""
    select_count: int

    def on_select(self, seeds: Mapping[float, int]) -> dict[float, NDArray[np.bool_]]:
        """Of the ratios in `seeds`, by as many seeds each."""
        return {
            ratio: self.answers[ratio][:count, : self.select_count]
            for ratio, count in seeds.items()
        }

    def on_test(self, ratio: float, seeds: int) -> NDArray[np.bool_]:
        """Of one ratio's first seeds."""
        return self.answers[ratio][:seeds, self.select_count :]
