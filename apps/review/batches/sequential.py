"""Wald's sequential test of a finite batch: as few looks as its two risks allow.

After Wald, "Sequential Tests of Statistical Hypotheses" (1945), as ISO 28590 and 28591 practise
it. Two batches of N images are told apart: a good one, with D0 = N p0 defects, which is to be
refused with a risk of at most alpha, and a bad one, with D1 = N p1, which is to be certified with
a risk of at most beta. Images are drawn at random and not put back, and each look moves the
logarithm of the likelihood ratio

    log Pr(looks | D1) / Pr(looks | D0),

by log (D1 - d) / (D0 - d) for a defect after d others, and by
log (N - D1 - g) / (N - D0 - g) for a good image after g others: in a large batch log p1/p0 and
log (1 - p1)/(1 - p0). The batch is refused where the sum comes to log A, and certified where it
comes to log B. The ratio's mean under D0 is 1, so log A = log 1/alpha would keep alpha, and
log B = log beta would keep beta, in every batch (Wald's inequality). But whole looks overshoot the
bounds, which wastes some of both risks, and with them looks. All that can happen is known
exactly, though: both bounds are drawn in until the risks, summed over all draws, are used up.

With more defects in the batch it is never more likely to be certified. So what holds for D0 and
D1 holds for all that is better than D0 or worse than D1; between them it may go either way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

GOOD_PER_ALLOWED, BAD_PER_ALLOWED = 0.5, 2.0
"""p0 and p1, in units of the share of defects that is allowed."""
GRAIN = 0.01
"""Bounds are whole multiples of this: finer ones would part no two walks worth parting."""
NEGLIGIBLE = 1e-10
"""Probability of still walking below which the rest of a draw is not followed any further."""


class Outcome(StrEnum):
    """What a look leaves a test at."""

    WALKING = "walking"
    CERTIFIED = "certified"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Plan:
    """A test of a batch of `size` images, in Wald's symbols."""

    size: int
    """N"""
    allowed: float
    """Share of defects, above 0 and below 0.5."""
    risk: float
    """alpha = beta, the most."""
    good: int
    """D0: defects in a batch that should pass."""
    bad: int
    """D1: defects in a batch that should not."""
    log_a: float
    """Refused from here up."""
    log_b: float
    """Certified from here down."""

    def evidence(self, looks: int, defects: int) -> float:
        """The log likelihood ratio. Infinite where only one of D0 and D1 is possible still, and
        not a number where neither is."""
        fine = looks - defects
        return _log_falling(self.bad, self.good, defects) + _log_falling(
            self.size - self.bad, self.size - self.good, fine
        )

    def outcome(self, looks: int, defects: int) -> Outcome:
        """What so many defects among so many looks decide."""
        return self.decide(self.evidence(looks, defects), looks, defects)

    def decide(self, evidence: float, looks: int, defects: int) -> Outcome:
        """The same, where the evidence is known."""
        if evidence >= self.log_a:
            return Outcome.REFUSED
        if evidence <= self.log_b:
            return Outcome.CERTIFIED
        return self._by_count(looks, defects) if math.isnan(evidence) else Outcome.WALKING

    def _by_count(self, looks: int, defects: int) -> Outcome:
        """Where neither D0 nor D1 is possible any more, the share itself decides once it can."""
        most = math.floor(self.allowed * self.size + 1e-9)
        if defects > most:
            return Outcome.REFUSED
        unseen = self.size - looks
        return Outcome.CERTIFIED if defects + unseen <= most else Outcome.WALKING


def _log_falling(over: int, under: int, count: int) -> float:
    """log over (over - 1) … / under (under - 1) …, `count` factors each."""
    if count > over:
        return math.nan if count > under else -math.inf
    if count > under:
        return math.inf
    return (
        math.lgamma(over + 1)
        - math.lgamma(over - count + 1)
        - math.lgamma(under + 1)
        + math.lgamma(under - count + 1)
    )


# --- Walking --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """Where a walk stands after so many looks."""

    looks: int
    defects: int
    evidence: float
    """Of this, infinities included, every step but the last lies between the plan's bounds."""
    outcome: Outcome


def walk(plan: Plan, defects: Iterable[bool]) -> Iterator[Step]:
    """The steps of a test, look by look, until one decides; later looks are not asked for."""
    found = 0
    for looks, is_defect in enumerate(defects, start=1):
        found += is_defect
        evidence = plan.evidence(looks, found)
        outcome = plan.decide(evidence, looks, found)
        yield Step(looks, found, evidence, outcome)
        if outcome is not Outcome.WALKING:
            return


# --- Planning -------------------------------------------------------------------------------
@lru_cache(maxsize=512)
def plan_make(size: int, allowed: float, confidence: float) -> Plan:
    """The test of a batch of `size` images with both risks at most 1 - `confidence`.

    Raises `ValueError` for an empty batch.
    """
    if size < 1:
        raise ValueError(f"A batch of {size} images cannot be tested; it needs at least one.")
    risk = round(1 - confidence, 9)
    good, bad = ends(size, allowed)
    surest = math.ceil(-math.log(risk) / GRAIN)
    plan = Plan(size, allowed, risk, good, bad, surest * GRAIN, -surest * GRAIN)
    before = None
    while before != plan:  # each bound that is drawn in leaves the other a little room
        before = plan
        plan = _draw_in(plan, "log_a", surest)
        plan = _draw_in(plan, "log_b", surest)
    return plan


def ends(size: int, allowed: float) -> tuple[int, int]:
    """D0 and D1: whole numbers of defects, so that no batch that is better than p0 has more than
    D0, and none that is worse than p1 fewer than D1."""
    good = math.floor(size * allowed * GOOD_PER_ALLOWED + 0.5)
    bad = math.floor(size * allowed * BAD_PER_ALLOWED + 0.5)
    return good, max(bad, good + 1)


def _draw_in(plan: Plan, bound: str, surest: int) -> Plan:
    """The plan with one bound as near to 0 as both risks allow: a risk grows as it comes near."""
    sign = 1 if bound == "log_a" else -1
    low, high = 0, min(surest, round(abs(getattr(plan, bound)) / GRAIN))
    while high - low > 1:
        middle = (low + high) // 2
        tried = replace(plan, **{bound: sign * middle * GRAIN})
        if risks(tried).within(plan.risk):
            high = middle
        else:
            low = middle
    return replace(plan, **{bound: sign * high * GRAIN})


@dataclass(frozen=True, slots=True)
class Risks:
    """What a plan does, exactly."""

    refused_good: float
    """alpha: probability that a batch with D0 defects is refused."""
    certified_bad: float
    """beta: probability that a batch with D1 defects is certified."""
    looks_good: float
    """Mean looks at a batch with D0 defects."""
    looks_bad: float

    def within(self, risk: float) -> bool:
        """Whether neither risk is above this."""
        return self.refused_good <= risk and self.certified_bad <= risk

    @property
    def mean_looks(self) -> float:
        """Over good and bad batches, as many of each."""
        return (self.looks_good + self.looks_bad) / 2


def risks(plan: Plan) -> Risks:
    """A plan's risks and mean looks, summed over every draw that can happen."""
    good, bad = ending(plan, plan.good), ending(plan, plan.bad)
    return Risks(good.refused, bad.certified, good.mean_looks, bad.mean_looks)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a plan ends with one batch: two probabilities, and looks."""

    refused: float
    certified: float
    mean_looks: float


def ending(plan: Plan, defects: int) -> Ending:
    """How a plan ends with a batch of so many defects, exactly."""
    refused = certified = mean_looks = 0.0
    walking = {0: 1.0}  # probability by defects found so far
    for looks in range(plan.size):
        left = sum(walking.values())
        if left < NEGLIGIBLE:
            return Ending(refused + left, certified + left, mean_looks)
        mean_looks += left
        following: dict[int, float] = {}
        for found, probability in walking.items():
            next_is_defect = (defects - found) / (plan.size - looks)
            for more, share in ((1, next_is_defect), (0, 1 - next_is_defect)):
                if share > 0:
                    following[found + more] = following.get(found + more, 0) + probability * share
        walking = {}
        for found, probability in following.items():
            outcome = plan.outcome(looks + 1, found)
            if outcome is Outcome.REFUSED:
                refused += probability
            elif outcome is Outcome.CERTIFIED:
                certified += probability
            else:
                walking[found] = probability
    return Ending(refused, certified, mean_looks)


# --- The plan to compare with ---------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FixedPlan:
    """Look at `looks` images; refuse where more than `most_defects` are defects."""

    looks: int
    most_defects: int


@lru_cache(maxsize=512)
def fixed_plan(size: int, allowed: float, confidence: float) -> FixedPlan:
    """The smallest plan of fixed size with the same batches told apart at the same risks."""
    risk = round(1 - confidence, 9)
    good, bad = ends(size, allowed)
    for looks in range(1, size):
        found, passed = 0, _drawn(size, good, looks, 0)
        while 1 - passed > risk:
            found += 1
            passed += _drawn(size, good, looks, found)
        if sum(_drawn(size, bad, looks, count) for count in range(found + 1)) <= risk:
            return FixedPlan(looks, found)
    return FixedPlan(size, math.floor(allowed * size + 1e-9))


def _drawn(size: int, defects: int, looks: int, found: int) -> float:
    """The hypergeometric probability of so many defects among the looks."""
    if not max(0, looks - size + defects) <= found <= min(looks, defects):
        return 0.0
    return math.exp(
        _log_choose(defects, found)
        + _log_choose(size - defects, looks - found)
        - _log_choose(size, looks)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
