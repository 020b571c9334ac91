"""What answers together say."""

from __future__ import annotations

import pytest

from apps.review.answers.consensus import consensus_of, shares, vote_of
from apps.review.models import Review

COAT, SHIRT = 7, 8


def said(*answers: str | tuple[str, int | None], least: float = 0.5) -> tuple[str, int | None]:
    """The verdict and class that these answers come to."""
    pairs = [answer if isinstance(answer, tuple) else (answer, None) for answer in answers]
    reviews = [Review(verdict=verdict, annotation_class_id=pk) for verdict, pk in pairs]
    found = consensus_of(shares(vote_of(review) for review in reviews), reviews, least)
    return found.verdict, found.class_id


@pytest.mark.parametrize(
    ("answers", "consensus"),
    [
        ([("class", COAT)], ("class", COAT)),
        ([("class", COAT), ("class", COAT), ("class", SHIRT)], ("class", COAT)),
        ([("class", COAT), ("class", SHIRT)], ("", None)),
        ([("class", COAT), "unclear", "unclear"], ("unclear", None)),
        (["right", "right", "artefact"], ("right", None)),
        (["right", "artefact"], ("", None)),
        # Two who turn an image down agree about it, whatever their reasons.
        (["right", "artefact", "implausible"], ("bad", None)),
        (["artefact", "bad"], ("artefact", None)),
        (["bad", "bad"], ("bad", None)),
        (["artefact", "implausible", "implausible"], ("implausible", None)),
        ([("wrong_class", COAT), ("wrong_class", None), "right"], ("wrong_class", COAT)),
        ([("wrong_class", COAT), ("wrong_class", SHIRT)], ("wrong_class", None)),
    ],
)
def test_most_answers_decide(answers, consensus) -> None:
    assert said(*answers) == consensus


def test_agreement_must_be_above_what_the_project_asks_for() -> None:
    two_of_three = [("class", COAT), ("class", COAT), ("class", SHIRT)]
    assert said(*two_of_three, least=0.66) == ("class", COAT)
    assert said(*two_of_three, least=0.67) == ("", None)
    assert said(("class", COAT), ("class", COAT), least=1.0) == ("", None)
    assert said(("class", COAT), least=1.0) == ("class", COAT), "one answer decides alone"


def test_a_posterior_may_weigh_one_answer_above_two() -> None:
    reviews = [Review(verdict="class", annotation_class_id=pk) for pk in (COAT, SHIRT, SHIRT)]
    found = consensus_of({("class", COAT): 0.9, ("class", SHIRT): 0.1}, reviews, 0.5)
    assert (found.class_id, found.confidence) == (COAT, 0.9)
