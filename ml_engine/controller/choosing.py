"""Which ratio is the candidate: the best on select of those that were tried to the end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Answers = Mapping[float, NDArray[np.bool_]]
"""Whether each answer was right, (seeds, images), by ratio; ratio 0 is always there."""


def finalists(answers: Answers) -> list[float]:
    """The ratios that have as many seeds as ratio 0, smallest first; 0 is one of them.

    Those with fewer were dropped on the way. Raises ValueError where ratio 0 is missing, an arm has
    more seeds than it, or images differ.
    """
    if 0.0 not in answers:
        raise ValueError("Ratio 0 is missing: without real images alone nothing can be compared.")
    seeds, images = answers[0.0].shape
    for ratio, correct in answers.items():
        if len(correct) > seeds or correct.shape[1] != images:
            raise ValueError(
                f"Ratio {ratio:g} has answers of {correct.shape} seeds and images; at most those"
                f" of ratio 0, {(seeds, images)}, can be compared."
            )
    return sorted(ratio for ratio, correct in answers.items() if len(correct) == seeds)


def candidate_of(answers: Answers) -> float:
    """The finalist with the most right answers on select.

    Of equals the smaller ratio wins, so ratio 0 wins ties: a synthetic image must prove that it
    helps. That the best of several looks better than it is, is for `confirm` to make good.
    """
    return max(finalists(answers), key=lambda ratio: (int(answers[ratio].sum()), -ratio))


def compared_count(answers: Answers) -> int:
    """How many ratios above 0 the candidate was the best of, as far as that flatters it.

    Those that were dropped after the first stage do not count: the few seeds that they lost on
    weigh little among all that the candidate has in the end. `bench controller` checks it.
    """
    seeds = {ratio: len(correct) for ratio, correct in answers.items() if ratio > 0}
    fewest = min(seeds.values(), default=0)
    further = [ratio for ratio, count in seeds.items() if count > fewest]
    return len(further) or len(seeds)
