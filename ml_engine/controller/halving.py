"""Successive halving on select: the more an arm promises, the more seeds it gets.

After each stage the better half of the ratios above 0 goes on (Karnin, Koren & Somekh 2013;
Jamieson & Talwalkar 2016); into the last stage only the best, so that its new seeds had no part in
choosing it. The state is the answers themselves, so that it can be asked again at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_engine.config import STAGES
from ml_engine.controller.choosing import Answers, finalists
from ml_engine.significance import paired_bootstrap


@dataclass(frozen=True)
class Stage:
    """What is to be trained next."""

    ratios: tuple[float, ...]
    """Smallest first; 0 is the first of them."""
    seeds: int
    """How many each of them has when the stage is done."""


def next_stage(answers: Answers, stages: Sequence[int] = STAGES, *, seed: int = 0) -> Stage | None:
    """The stage after these answers on select; None where nothing is left to be learnt.

    That is so after the last stage, and where no ratio above 0 goes on: each was surely worse than
    real images alone (the upper 95% bound of its gain is below 0).
    """
    reached = len(answers[0.0])
    ahead = sorted(count for count in stages if count > reached)
    if not ahead:
        return None
    ratios = _going_on(answers, seed, only_best=len(ahead) == 1)
    return Stage((0.0, *ratios), ahead[0]) if ratios else None


def _going_on(answers: Answers, seed: int, *, only_best: bool) -> list[float]:
    """Ratios above 0, smallest first: half of those that remain, rounded up, or the best alone."""
    ranked = sorted(
        (ratio for ratio in finalists(answers) if ratio > 0),
        key=lambda ratio: (-int(answers[ratio].sum()), ratio),
    )
    kept = ranked[: 1 if only_best else (len(ranked) + 1) // 2]
    return sorted(ratio for ratio in kept if not _surely_harms(answers, ratio, seed))


def _surely_harms(answers: Answers, ratio: float, seed: int) -> bool:
    control, treatment = answers[0.0], answers[ratio]
    fell = treatment.sum() < control.sum()
    return bool(fell) and paired_bootstrap(control, treatment, seed).high < 0
