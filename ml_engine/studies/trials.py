"""Trials of the controller in simulated worlds, through the functions that the loop uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml_engine.controller import (
    Confirmation,
    candidate_of,
    compared_count,
    confirm,
    next_stage,
)
from ml_engine.studies.worlds import Drawn, World


@dataclass(frozen=True)
class Trial:
    """What the controller made of one world."""

    candidate: float
    confirmation: Confirmation | None
    """None where ratio 0 was the candidate."""
    trained: int
    """Models."""

    @property
    def accepted(self) -> bool:
        """Whether a ratio above 0 was."""
        return self.confirmation is not None and self.confirmation.accepted


def trial(drawn: Drawn, stages: Sequence[int], *, seed: int, most_drop: float) -> Trial:
    """Try every ratio of a world in stages, and confirm the candidate."""
    seeds = dict.fromkeys(drawn.answers, stages[0])
    while stage := next_stage(drawn.on_select(seeds), stages, seed=seed):
        seeds |= dict.fromkeys(stage.ratios, stage.seeds)
    answers = drawn.on_select(seeds)
    candidate, reached = candidate_of(answers), seeds[0.0]
    confirmation = None
    if candidate > 0:
        confirmation = confirm(
            drawn.on_test(0.0, reached),
            drawn.on_test(candidate, reached),
            drawn.targets,
            seed=seed,
            most_drop=most_drop,
            compared=compared_count(answers),
        )
    return Trial(candidate, confirmation, sum(seeds.values()))


def trials(
    world: World, stages: Sequence[int], *, count: int, seed: int, most_drop: float
) -> list[Trial]:
    """So many worlds of one kind."""
    return [
        trial(
            world.draw(np.random.default_rng((seed, number))),
            stages,
            seed=number,
            most_drop=most_drop,
        )
        for number in range(count)
    ]
