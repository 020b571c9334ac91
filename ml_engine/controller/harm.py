"""Whether a class pays for the gain of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import MOST_DROP
from ml_engine.significance import PairedError, paired_error

FAMILY_ERROR = 0.05
"""How often one class or more is called harmed where none is."""


@dataclass(frozen=True)
class ClassChange:
    """What became of a class's recall. Shares in [-1, 1]."""

    position: int
    """Of the class."""
    change: float
    low: float
    high: float
    """95% interval of the change, this class alone."""
    p: float
    """Holm's adjusted probability of so deep a fall where no class falls."""
    is_harmed: bool
    images: int


def class_changes(
    control: NDArray[np.bool_],
    treatment: NDArray[np.bool_],
    targets: NDArray[np.int64],
    most_drop: float = MOST_DROP,
) -> tuple[ClassChange, ...]:
    """Of each class that occurs in `targets` (N,), in their order; arms are (seeds, N).

    A class is harmed where it surely fell (Holm 1979, all classes together at 5%) and by more than
    `most_drop`, as far as can be told. A fall beyond `most_drop` that may be chance harms nobody:
    with a hundred images a class, one of ten falls so far by chance alone. To ask for certainty
    that it fell by more than `most_drop` would let pass what fell by just as much.
    """
    positions = np.unique(targets).tolist()
    errors = [
        paired_error(control[:, targets == position], treatment[:, targets == position])
        for position in positions
    ]
    adjusted = holm(list(map(_fall_probability, errors)))
    return tuple(
        ClassChange(
            position=position,
            change=error.gain,
            low=error.gain - error.half_width(),
            high=error.gain + error.half_width(),
            p=p,
            is_harmed=error.gain < -most_drop and p < FAMILY_ERROR,
            images=error.images,
        )
        for position, error, p in zip(positions, errors, adjusted, strict=True)
    )


def _fall_probability(change: PairedError) -> float:
    """One-sided probability of such a fall by chance.

    Not by resampling: 2,000 draws end at 1/2,000, and Holm over many classes asks for less. Few
    images never tell more than that each of them fell, as a coin may (sign test).
    """
    return max(change.fall_probability, 0.5**change.images)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Adjusted probabilities, in the same order (Holm 1979)."""
    count = len(probabilities)
    adjusted, reached = [0.0] * count, 0.0
    for rank, index in enumerate(sorted(range(count), key=probabilities.__getitem__)):
        reached = max(reached, min(1.0, (count - rank) * probabilities[index]))
        adjusted[index] = reached
    return adjusted
