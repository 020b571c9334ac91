"""A test's walk as a drawing: where its looks lie between the two bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.review.batches.looks import SPLIT, Look
from apps.review.batches.sequential import Plan, Step

MARGIN = 0.16
"""Room above and below the bounds, as a share of the distance between them."""
LEAST_LOOKS = 8
"""So many are drawn at least, that a first look is a step and not a leap."""
WORDS = {
    "wrong_class": "wrong class",
    "near_copy": "near-copy",
    "bad": "bad, without a reason",
    SPLIT: "answers are split",
}


@dataclass(frozen=True, slots=True)
class Dot:
    """One look, at a place in percent from the left and from the top."""

    x: float
    y: float
    step: Step
    look: Look

    @property
    def verdict(self) -> str:
        """For people."""
        return verdict_words(self.look.verdict)

    @property
    def evidence(self) -> str:
        """For people: +1.386, or in words where it is beyond all numbers."""
        return evidence_words(self.step.evidence)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What an SVG of 100 by 100 units needs, stretched to whatever room there is."""

    dots: list[Dot]
    line: str
    """Points of the walk, from no look on."""
    refuse_y: float
    """Down to here, evidence refuses."""
    certify_y: float
    """From here down, it certifies."""
    certify_height: float
    start_y: float
    """Of no evidence."""
    fixed_x: float
    """Where the plan of fixed size would end."""
    looks: int
    """At the right edge."""


def drawing(
    plan: Plan, steps: Sequence[Step], looks: Sequence[Look], *, fixed_looks: int, most: int = 0
) -> Drawing:
    """The walk of a plan; `most` looks, or as many as the longer of it and the fixed plan take."""
    right = max(LEAST_LOOKS, most or fixed_looks, len(steps))
    span = plan.log_a - plan.log_b
    top, height = plan.log_a + MARGIN * span, span * (1 + 2 * MARGIN)

    def y(evidence: float) -> float:
        return round(100 * min(1.0, max(0.0, (top - evidence) / height)), 2)

    dots, last = [], 0.0
    for step, look in zip(steps, looks, strict=False):
        # Where neither a good nor a bad batch is possible any more, evidence says nothing new.
        last = last if math.isnan(step.evidence) else step.evidence
        dots.append(Dot(round(100 * step.looks / right, 2), y(last), step, look))
    refuse, certify, start = y(plan.log_a), y(plan.log_b), y(0.0)
    return Drawing(
        dots=dots,
        line=" ".join([f"0,{start}", *(f"{dot.x},{dot.y}" for dot in dots)]),
        refuse_y=refuse,
        certify_y=certify,
        certify_height=round(100 - certify, 2),
        start_y=start,
        fixed_x=round(100 * fixed_looks / right, 2),
        looks=right,
    )


def verdict_words(verdict: str) -> str:
    """A verdict for people."""
    return WORDS.get(verdict, verdict)


def evidence_words(evidence: float) -> str:
    """Evidence with its sign; where only one of the two batches is possible still, that."""
    if math.isnan(evidence):
        return "between the two"
    if math.isinf(evidence):
        return "certainly not good" if evidence > 0 else "certainly not bad"
    return f"{evidence:+.3f}".replace("-", "−")  # noqa: RUF001 — a minus
