"""Which arms get more seeds."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.controller import Stage, candidate_of, compared_count, finalists, next_stage
from ml_engine.studies.worlds import World, Worth

STAGES = (3, 5, 10)


def arms(seeds: int, **right: int):
    """Of 100 images, so many are right in every seed; keys are r0, r0_5, r1 …"""
    return {
        float(name[1:].replace("_", ".")): np.tile(np.arange(100) < count, (seeds, 1))
        for name, count in right.items()
    }


def test_the_better_half_goes_on_and_the_best_alone_into_the_last_stage():
    first = arms(3, r0=80, r0_1=82, r0_5=81, r1=85, r2=80, r3=84)
    assert next_stage(first, STAGES) == Stage((0.0, 0.1, 1.0, 3.0), 5)
    second = first | arms(5, r0=80, r0_1=82, r1=85, r3=86)
    assert next_stage(second, STAGES) == Stage((0.0, 3.0), 10)
    third = second | arms(10, r0=80, r3=86)
    assert next_stage(third, STAGES) is None
    assert finalists(third) == [0, 3]
    assert candidate_of(third) == 3
    assert compared_count(third) == 3


def test_ratio_0_goes_on_though_it_is_the_worst():
    assert next_stage(arms(3, r0=10, r0_5=80, r1=90), STAGES) == Stage((0.0, 1.0), 5)


def test_what_looks_a_little_worse_goes_on_and_what_surely_harms_does_not():
    drawn = World({1.0: Worth(-0.05)}).draw(np.random.default_rng(0))
    assert next_stage(drawn.on_select({0.0: 5, 1.0: 5}), STAGES) is None
    assert next_stage(arms(3, r0=80, r1=80), STAGES) == Stage((0.0, 1.0), 5)
    assert candidate_of(drawn.on_select({0.0: 5, 1.0: 5})) == 0


def test_a_ratio_that_was_dropped_is_not_the_candidate_whatever_its_few_seeds_said():
    answers = arms(3, r1=99) | arms(5, r0=80, r0_5=85)
    assert candidate_of(answers) == 0.5


def test_without_stages_all_are_compared():
    assert next_stage(arms(3, r0=1, r1=2, r2=3), (3,)) is None
    assert compared_count(arms(3, r0=1, r1=2, r2=3)) == 2


def test_arms_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="Ratio 0 is missing"):
        finalists(arms(3, r1=4))
    with pytest.raises(ValueError, match=r"Ratio 1 has answers of \(5, 100\)"):
        finalists(arms(3, r0=4) | arms(5, r1=4))
