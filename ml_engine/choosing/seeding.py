"""k-means++ seeding, for points of which only distances are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_engine.choosing.pool import Floats, Indices

SquaredFrom = Callable[[int], Floats]
"""Squared distances (N,) of all points from one of them."""


def k_means_plus_plus(squared_from: SquaredFrom, first: int, draws: NDArray[np.float64]) -> Indices:
    """`first` and as many more as there are draws in [0, 1); no point twice.

    Each is drawn with a probability proportional to its squared distance from the nearest one
    that was drawn before (Arthur & Vassilvitskii 2007, "k-means++: The Advantages of Careful
    Seeding", §2.2). Where every point equals one of those, the rest is drawn evenly.
    """
    chosen = [first]
    nearest = squared_from(first)
    for draw in draws:
        nearest[chosen] = 0
        chosen.append(_drawn(nearest, chosen, float(draw)))
        nearest = np.minimum(nearest, squared_from(chosen[-1]))
    return np.array(chosen, np.int64)


def _drawn(weights: Floats, taken: list[int], draw: float) -> int:
    sums = weights.cumsum(dtype=np.float64)
    if sums[-1] <= 0:
        even = np.ones(len(weights))
        even[taken] = 0
        sums = even.cumsum()
    # A draw so near to 1 that rounding leads past the last positive weight means that weight.
    last = int(sums.searchsorted(sums[-1]))
    return min(int(sums.searchsorted(draw * sums[-1], side="right")), last)
