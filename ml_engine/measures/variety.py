"""How far apart images lie from each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.intervals import Estimate, jackknife_variance, student
from ml_engine.neighbours import CHUNK, Features, distances


def pairwise_diversity(real: Features, fake: Features) -> Estimate:
    """Mean distance between two fakes (M, D) divided by that between two real images (N, D).

    1 where fakes are as varied. At least 3 images a side. The interval is the jackknife's.
    """
    ours, theirs = _distance_sums(real), _distance_sums(fake)
    among_real, among_fake = _mean_pair(ours), _mean_pair(theirs)
    if among_real <= 0:
        raise ValueError("All real images look the same, so nothing can be said of variety.")
    value = among_fake / among_real
    variance = jackknife_variance(_without_each(theirs) / among_real)
    variance += jackknife_variance(among_fake / _without_each(ours).clip(min=1e-300))
    return student(value, variance, freedom=min(len(real), len(fake)) - 1)


def _distance_sums(a: Features) -> NDArray[np.float64]:
    return np.concatenate(
        [distances(a[i : i + CHUNK], a).sum(axis=1) for i in range(0, len(a), CHUNK)]
    )


def _mean_pair(sums: NDArray[np.float64]) -> float:
    return float(sums.sum()) / (len(sums) * (len(sums) - 1))


def _without_each(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(sums)
    return np.asarray((sums.sum() - 2 * sums) / ((n - 1) * (n - 2)))
