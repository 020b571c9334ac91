"""Whether a candidate is accepted: its one confirmation on test, against real images alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from ml_engine.config import MOST_DROP
from ml_engine.controller.harm import ClassChange, class_changes
from ml_engine.significance import paired_bootstrap, paired_error

MOST_FALSE = 0.05
"""How often useless images may be accepted."""
LEVEL = 0.95
"""Of the interval whose lower bound must be above 0."""
Z_80 = 0.841621
"""80% quantile of the normal distribution."""


@dataclass(frozen=True)
class PairTest:
    """The two models of the first seed, image by image (McNemar 1947, exact)."""

    won: int
    """Images that only the candidate's model classifies rightly."""
    lost: int
    """Images that only the control's does."""
    p: float
    """Probability of so uneven counts where both are equally good; two-sided."""

    @property
    def is_worse(self) -> bool:
        """Whether the candidate's model is, beyond chance."""
        return self.lost > self.won and self.p < 1 - LEVEL


@dataclass(frozen=True)
class Confirmation:
    """The candidate against ratio 0 on test. Gains are differences of accuracies, in [-1, 1]."""

    gain: float
    low: float
    high: float
    """Interval of the gain at `level`, which is 95% unless the candidate was the best of many."""
    level: float
    detectable: float
    """The true gain that such a trial would have found with 80% probability."""
    pair: PairTest
    classes: tuple[ClassChange, ...]
    """Of every class that has images."""
    seeds: int
    images: int

    @property
    def harmed(self) -> tuple[ClassChange, ...]:
        """Classes that the candidate harms."""
        return tuple(change for change in self.classes if change.is_harmed)

    @property
    def accepted(self) -> bool:
        """Surely better, no class the worse for it, nor the pair that stands for what is used."""
        return self.low > 0 and not self.harmed and not self.pair.is_worse


def confirm(
    control: NDArray[np.bool_],
    treatment: NDArray[np.bool_],
    targets: NDArray[np.int64],
    *,
    seed: int,
    most_drop: float = MOST_DROP,
    compared: int = 1,
) -> Confirmation:
    """Judge `treatment` against `control`, both (seeds, images), by images of classes `targets`.

    `most_drop`: a class's recall may fall by so much, in [0, 1]. `compared`: how many ratios above
    0 the candidate was the best of. The gain's certainty is that of a hierarchical paired
    bootstrap over seeds and images. The pair does not have to be surely better, for it is one
    draw of the seeds' noise; but it must not be surely worse.
    """
    level = level_for(compared)
    result = paired_bootstrap(control, treatment, seed, level=level)
    spread = paired_error(control, treatment).error
    return Confirmation(
        gain=result.gain,
        low=result.low,
        high=result.high,
        level=level,
        detectable=result.gain - result.low + Z_80 * spread,
        pair=pair_test(control[0], treatment[0]),
        classes=class_changes(control, treatment, targets, most_drop),
        seeds=len(control),
        images=len(targets),
    )


def level_for(compared: int) -> float:
    """The level at which the best of so many useless ratios is accepted in 5% of trials at most.

    The models that chose the best are those that confirm it, so what chance gave them on select
    they still have on test. The 95% interval's lower bound errs once in 40 times: enough for two
    ratios; for more the level rises (Bonferroni).
    """
    return max(LEVEL, 1 - 2 * MOST_FALSE / max(1, compared))


def pair_test(control: NDArray[np.bool_], treatment: NDArray[np.bool_]) -> PairTest:
    """Of two models' answers (N,)."""
    won = int(np.count_nonzero(treatment & ~control))
    lost = int(np.count_nonzero(control & ~treatment))
    p = binomtest(won, won + lost).pvalue if won + lost else 1.0
    return PairTest(won=won, lost=lost, p=float(p))
