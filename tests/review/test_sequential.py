"""Wald's test: its evidence, its bounds, and its risks, which are summed and not sampled."""

from __future__ import annotations

import math
from itertools import permutations

import pytest

from apps.review.batches.sequential import (
    Outcome,
    Plan,
    ending,
    ends,
    fixed_plan,
    plan_make,
    risks,
    walk,
)

HUGE = 10_000_000
"""So many images that putting them back or not makes no difference to the 4th decimal."""
CASES = [
    (size, allowed, confidence)
    for size in (1, 2, 3, 5, 10, 36, 300, 1000)
    for allowed in (0.05, 0.2, 0.4)
    for confidence in (0.8, 0.95, 0.99)
]


def open_ended(size: int, allowed: float) -> Plan:
    """A plan that no evidence decides."""
    return Plan(size, allowed, 0.05, *ends(size, allowed), math.inf, -math.inf)


def test_in_a_huge_batch_each_look_weighs_what_wald_wrote() -> None:
    """Allowed 20%: p0 = 0.1 and p1 = 0.4, so a defect adds log 4 and a good image log 2/3."""
    plan = open_ended(HUGE, 0.2)
    assert plan.evidence(1, 1) == pytest.approx(math.log(4), abs=1e-4)
    assert plan.evidence(1, 0) == pytest.approx(math.log(2 / 3), abs=1e-4)
    assert plan.evidence(10, 3) == pytest.approx(3 * math.log(4) + 7 * math.log(2 / 3), abs=1e-4)


def test_in_a_small_batch_what_was_drawn_is_not_put_back() -> None:
    """Of 10 images 1 or 4 are defects. A first defect leaves 0 or 3 of 9: it weighs 4, and a
    second cannot be the good batch's any more. Three good images weigh 6/9, 5/8 and 4/7."""
    plan = open_ended(10, 0.2)
    assert (plan.good, plan.bad) == (1, 4)
    assert plan.evidence(1, 1) == pytest.approx(math.log(4))
    assert plan.evidence(2, 2) == math.inf
    assert plan.evidence(3, 0) == pytest.approx(math.log(6 / 9 * 5 / 8 * 4 / 7))
    assert plan.evidence(7, 0) == -math.inf  # 7 good ones: 4 defects cannot be left


def test_where_neither_batch_is_possible_any_more_the_share_decides() -> None:
    """Of 10 images 2 or 8 are defects, and 4 are allowed."""
    plan = open_ended(10, 0.4)
    assert math.isnan(plan.evidence(6, 3))
    assert plan.outcome(6, 3) is Outcome.WALKING
    assert plan.outcome(7, 3) is Outcome.WALKING
    assert plan.outcome(9, 3) is Outcome.CERTIFIED
    assert plan.outcome(9, 5) is Outcome.REFUSED


def test_a_batch_that_was_seen_whole_is_decided_by_its_share() -> None:
    for size in range(1, 13):
        for allowed in (0.05, 0.2, 0.4):
            plan = plan_make(size, allowed, 0.95)
            for defects in range(size + 1):
                outcome = plan.outcome(size, defects)
                assert outcome is not Outcome.WALKING
                if defects >= plan.bad:
                    assert outcome is Outcome.REFUSED
                if defects <= plan.good:
                    assert outcome is Outcome.CERTIFIED


@pytest.mark.parametrize(("size", "allowed", "confidence"), CASES)
def test_the_risks_are_never_above_what_was_allowed(
    size: int, allowed: float, confidence: float
) -> None:
    plan = plan_make(size, allowed, confidence)
    exact = risks(plan)
    assert exact.refused_good <= 1 - confidence + 1e-9
    assert exact.certified_bad <= 1 - confidence + 1e-9
    assert plan.log_b < 0 < plan.log_a


def test_the_risks_are_those_of_every_order_in_which_a_batch_can_be_drawn() -> None:
    plan = plan_make(7, 0.3, 0.8)
    ended = {plan.good: (Outcome.REFUSED, []), plan.bad: (Outcome.CERTIFIED, [])}
    for defects, (wrong, seen) in ended.items():
        batch = [True] * defects + [False] * (7 - defects)
        for order in permutations(batch):
            *_, last = walk(plan, order)
            seen.append((last.outcome is wrong, last.looks))
    exact = risks(plan)
    for defects, risk, looks in (
        (plan.good, exact.refused_good, exact.looks_good),
        (plan.bad, exact.certified_bad, exact.looks_bad),
    ):
        seen = ended[defects][1]
        assert risk == pytest.approx(sum(is_wrong for is_wrong, _ in seen) / len(seen))
        assert looks == pytest.approx(sum(count for _, count in seen) / len(seen))


def test_bounds_that_are_drawn_in_save_looks_and_use_the_risks_up() -> None:
    """Against Wald's own bounds, log 19 each, of which whole looks waste a part."""
    plan = plan_make(300, 0.2, 0.95)
    wald = Plan(300, 0.2, 0.05, plan.good, plan.bad, math.log(19), -math.log(19))
    drawn_in, plain = risks(plan), risks(wald)
    assert plain.refused_good < 0.03
    assert 0.045 < drawn_in.refused_good <= 0.05
    assert 0.045 < drawn_in.certified_bad <= 0.05
    assert drawn_in.mean_looks < 0.9 * plain.mean_looks


def test_a_worse_batch_is_certified_less_often() -> None:
    plan = plan_make(60, 0.2, 0.95)
    certified = [ending(plan, defects).certified for defects in range(0, 40, 3)]
    assert certified == sorted(certified, reverse=True)
    assert certified[0] == pytest.approx(1)


def test_the_walk_ends_with_the_look_that_decides() -> None:
    plan = plan_make(HUGE, 0.2, 0.95)
    steps = list(walk(plan, iter([False] * 100)))
    assert [step.looks for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].outcome is Outcome.CERTIFIED
    assert steps[-1].evidence <= plan.log_b < steps[-2].evidence
    assert all(step.outcome is Outcome.WALKING for step in steps[:-1])
    assert next(reversed(list(walk(plan, [True] * 9)))).outcome is Outcome.REFUSED


def test_the_fixed_plan_is_the_smallest_that_a_table_gives() -> None:
    """Binomial, by hand: 24 looks with 5 defects at most pass 97.2% at 10% and 4.0% at 40%;
    no 23 looks keep both within 5%."""
    plan = fixed_plan(HUGE, 0.2, 0.95)
    assert (plan.looks, plan.most_defects) == (24, 5)

    def passes(looks: int, most: int, share: float) -> float:
        return sum(
            math.comb(looks, n) * share**n * (1 - share) ** (looks - n) for n in range(most + 1)
        )

    assert passes(24, 5, 0.1) == pytest.approx(0.972, abs=5e-4)
    assert passes(24, 5, 0.4) == pytest.approx(0.040, abs=5e-4)
    for most in range(23):
        assert passes(23, most, 0.1) < 0.95 or passes(23, most, 0.4) > 0.05


def test_an_empty_batch_cannot_be_tested() -> None:
    with pytest.raises(ValueError, match="at least one"):
        plan_make(0, 0.2, 0.95)
