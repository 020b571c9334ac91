"""The least sure first: by one classifier's probabilities, or by how its members disagree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.choosing.pool import Floats, Indices, Pool
from ml_engine.config import ConfigError
from ml_engine.uncertainty import entropy, score

ROWS = 8192
"""Images whose members' probabilities are looked at together."""


def least_sure(strategy: str, pool: Pool, count: int) -> Indices:
    """The `count` highest scores of a strategy of `ml_engine.uncertainty`, the highest first."""
    return highest(score(strategy, pool.probabilities, pool.seed), count)


def bald(pool: Pool, count: int) -> Indices:
    """The images about which the pool's members disagree most, the most first.

    By their `disagreement`, each image for itself (Gal et al. 2017, §3.1, item 2), so near-equal
    images may be chosen together. Raises `ConfigError` for a pool without members.
    """
    if pool.members is None:
        raise ConfigError(
            "BALD compares several stochastic members of a classifier, and the pool has none:"
            " give their probabilities (M, N, K)."
        )
    return highest(disagreement(pool.members), count)


def disagreement(members: Floats) -> NDArray[np.float64]:
    """Mutual information (N,), in nats, of class and member, from probabilities (M, N, K).

    H(mean of p) - mean of H(p) (Houlsby et al. 2011, "Bayesian Active Learning for Classification
    and Preference Learning", eq. 2; for dropout Gal et al. 2017, "Deep Bayesian Active Learning
    with Image Data", §3.1).
    """
    count = members.shape[1]
    found = np.zeros(count)
    for start in range(0, count, ROWS):
        p = members[:, start : start + ROWS].astype(np.float64)
        found[start : start + ROWS] = entropy(p.mean(axis=0)) - entropy(p).mean(axis=0)
    return found.clip(min=0)


def highest(values: NDArray[np.floating], count: int) -> Indices:
    """Indices of the `count` highest values, the highest first; of equal ones the first."""
    return np.argsort(-values, kind="stable")[:count].astype(np.int64)
