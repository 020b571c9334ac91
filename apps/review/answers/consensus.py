"""What the answers to one question together say: arithmetic only.

A vote is an answer's verdict and, where the verdict is a class, that class. Votes fall
into sides. To a validate task there are two: right, and turned down for whichever
reason, for a person who saw an artefact and one who saw an implausible shape agree
about the image. To every other task each vote is a side of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.review.models import Review

Verdict = Review.Verdict
Vote = tuple[str, int | None]
"""A verdict and the id of its class; None where the verdict is no class."""
Posterior = Mapping[Vote, float]
"""The probability of each vote being the truth; they sum to 1."""

TURNED_DOWN = frozenset(
    {Verdict.WRONG_CLASS, Verdict.IMPLAUSIBLE, Verdict.ARTEFACT, Verdict.NEAR_COPY, Verdict.BAD}
)

TIE = 1e-9
"""Weights nearer than this are equal: rounding tells them apart, not the answers."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """What was judged, and how surely."""

    verdict: str
    """Empty where the answers are split, or agree no more than the project asks for."""
    class_id: int | None
    confidence: float
    """The weight of the strongest side, 0 to 1."""


def vote_of(review: Review) -> Vote:
    """An answer's vote. The class that goes with `wrong_class` is a remark, no vote."""
    is_class = review.verdict == Verdict.CLASS
    return review.verdict, review.annotation_class_id if is_class else None


def shares(votes: Iterable[Vote]) -> dict[Vote, float]:
    """Each vote's share of all."""
    counts = Counter(votes)
    return {vote: count / counts.total() for vote, count in counts.most_common()}


def consensus_of(
    posterior: Posterior, reviews: Sequence[Review], least_agreement: float
) -> Consensus:
    """The strongest side, and in it the strongest vote.

    One answer decides alone. Of several, the strongest side must be above
    `least_agreement` and have no equal. Where those who turned an image down share no
    reason, the verdict is `bad`, which gives none.
    """
    sides: dict[Vote, float] = defaultdict(float)
    for vote, weight in posterior.items():
        sides[_side(vote)] += weight
    strongest = _only_greatest(sides)
    confidence = max(sides.values())
    if strongest is None or (len(reviews) > 1 and confidence <= least_agreement):
        return Consensus("", None, confidence)
    # Who marked a sheet gave no reason; any reason says more.
    said = {vote: weight for vote, weight in posterior.items() if _side(vote) == strongest}
    reasons = {vote: weight for vote, weight in said.items() if vote[0] != Verdict.BAD}
    verdict, class_id = _only_greatest(reasons or said) or (Verdict.BAD, None)
    if verdict == Verdict.WRONG_CLASS:
        class_id = _class_named(reviews)
    return Consensus(str(verdict), class_id, confidence)


def _side(vote: Vote) -> Vote:
    return (Verdict.BAD, None) if vote[0] in TURNED_DOWN else vote


def _class_named(reviews: Sequence[Review]) -> int | None:
    """The class that most of those who saw another one named; None where none did, or in a tie."""
    named: Counter[Vote] = Counter(
        (review.verdict, review.annotation_class_id)
        for review in reviews
        if review.verdict == Verdict.WRONG_CLASS and review.annotation_class_id
    )
    most = _only_greatest(named)
    return most[1] if most else None


def _only_greatest(weights: Mapping[Vote, float]) -> Vote | None:
    """The one with the greatest weight; None where two share it, or there is none."""
    greatest = max(weights.values(), default=0.0)
    near = [vote for vote, weight in weights.items() if greatest - weight < TIE]
    return near[0] if len(near) == 1 else None
