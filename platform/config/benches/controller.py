"""`bench controller`: what the mixing controller decides in worlds where the truth is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from config.report import table
from ml_engine.config import MOST_DROP, STAGES
from ml_engine.measures.intervals import wilson
from ml_engine.studies.trials import Trial, trials
from ml_engine.studies.worlds import World, Worth

OPTIONS = {"worlds": {"type": int, "default": 2000, "help": "how many of each kind"}}
GAIN = 0.015
"""One and a half points."""
HARM = -0.01
CLASS_HARM = -0.1
"""Of one class's recall, while all classes together gain."""
TWO, SIX = (0.5, 1.0), (0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Ratios: the loop's defaults, and as published trials have them."""
TEN, FORMER = (3, 5, 10), (3,)
"""Other stages than the default ones: with ten seeds in the end, and as loops had them before."""
HEAD = ("worlds of", "ratios", "seeds", "accepted (95%)", "models", "found in 4 of 5")


@dataclass(frozen=True)
class Kind:
    """One kind of world, and the stages in which its ratios are tried."""

    figure: str
    told: str
    worth: Worth
    ratios: Sequence[float] = TWO
    stages: Sequence[int] = STAGES
    seed_noise: float = 0.01

    @property
    def world(self) -> World:
        """Every ratio is worth the same."""
        return World(
            worths=dict.fromkeys(self.ratios, self.worth),
            seeds=self.stages[-1],
            seed_noise=self.seed_noise,
        )


KINDS = (
    Kind("false_accept", "useless images", Worth()),
    Kind("false_accept.six_ratios", "useless images", Worth(), ratios=SIX),
    Kind("false_accept.six_noisy", "useless, noise 2 points", Worth(), SIX, seed_noise=0.02),
    Kind("power", "a gain of 1.5 points", Worth(GAIN)),
    Kind("power.10_seeds", "a gain of 1.5 points", Worth(GAIN), stages=TEN),
    Kind("power.3_seeds", "a gain of 1.5 points", Worth(GAIN), stages=FORMER),
    Kind("harmful_accept", "a loss of a point", Worth(HARM)),
    Kind("harmful_accept.one_class", "a gain that costs a class 10", Worth(GAIN, {6: CLASS_HARM})),
)


def controller(say: Callable[[str], None], *, worlds: int = 2000) -> Mapping[str, float]:
    """Let the controller decide in simulated worlds, by the functions that the loop uses.

    Shares of worlds in which a ratio above 0 was accepted, with Wilson's 95% intervals: where
    synthetic images are useless (`false_accept`), gain 1.5 points (`power`), or harm
    (`harmful_accept`). 2,000 images in select and 3,000 in test, as the demo has; seeds' noise is a
    point. `models` is how many were trained in the mean. Behind the dots stands what differs.
    """
    figures: dict[str, float] = {}
    rows = []
    for number, kind in enumerate(KINDS):
        say(f"{worlds:,} worlds of {kind.told}, {len(kind.ratios)} ratios, {kind.stages} seeds …")
        found = trials(kind.world, kind.stages, count=worlds, seed=number, most_drop=MOST_DROP)
        accepted = wilson(sum(trial.accepted for trial in found), worlds)
        models = fmean(trial.trained for trial in found)
        figures[kind.figure] = accepted.value
        figures[_with_end(kind.figure, "low")] = accepted.low
        figures[_with_end(kind.figure, "high")] = accepted.high
        figures[f"models.{kind.figure}"] = models
        rows.append((
            kind.told, str(len(kind.ratios)), ", ".join(map(str, kind.stages)),
            f"{accepted.value:.4f} ({accepted.low:.4f} to {accepted.high:.4f})",
            f"{models:.1f}", _detectable(found),
        ))  # fmt: skip
    say(table(HEAD, rows))
    return figures


def _with_end(figure: str, end: str) -> str:
    name, dot, rest = figure.partition(".")
    return f"{name}_{end}{dot}{rest}"


def _detectable(found: Sequence[Trial]) -> str:
    """What the trials say of themselves that they would find, in the mean."""
    told = [trial.confirmation.detectable for trial in found if trial.confirmation]
    return f"{fmean(told) * 100:.2f} points" if told else "-"
