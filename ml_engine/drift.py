"""What two classifiers make of the same pool: how far guesses and uncertainty have moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959964


@dataclass(frozen=True)
class PoolView:
    """What a classifier makes of a pool."""

    shares: tuple[float, ...]
    """Of the images, by the class that it guesses; they sum to 1."""
    entropy: float
    """Mean normalised entropy, 0 (sure) to 1."""


@dataclass(frozen=True)
class PoolDrift:
    """The classifier before and the one now, on the images that both have seen."""

    before: PoolView
    now: PoolView
    images: int
    moved: int
    """Images that the two take for different classes."""
    entropy_change: float
    low: float
    high: float
    """95% interval of the change over the images, paired."""


def pool_view(guesses: NDArray[np.int64], entropies: NDArray[np.float64], classes: int) -> PoolView:
    """Of guessed class positions and normalised entropies, both (N,). Raises ValueError of none."""
    if not len(guesses):
        raise ValueError("There is no image in the pool to look at.")
    counts = np.bincount(guesses, minlength=classes)
    return PoolView(tuple((counts / len(guesses)).tolist()), float(np.mean(entropies)))


def pool_drift(
    before: tuple[NDArray[np.int64], NDArray[np.float64]],
    now: tuple[NDArray[np.int64], NDArray[np.float64]],
    classes: int,
) -> PoolDrift:
    """Of guesses and entropies (N,) of the same images in the same order, by either classifier."""
    change = now[1] - before[1]
    error = float(np.std(change, ddof=1) / np.sqrt(len(change))) if len(change) > 1 else 1.0
    mean = float(change.mean()) if len(change) else 0.0
    return PoolDrift(
        pool_view(*before, classes),
        pool_view(*now, classes),
        len(change),
        int(np.count_nonzero(before[0] != now[0])),
        mean,
        max(-1.0, mean - Z_95 * error),
        min(1.0, mean + Z_95 * error),
    )
