"""How often a value of one sample is larger than one of another, with its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ml_engine.measures.intervals import Estimate, share
from ml_engine.significance import Z_975


def placements(
    lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each value of `lower` the share of `upper` above it, and for each of `upper` the share
    of `lower` below it; ties count a half."""
    ranks = rankdata(np.concatenate([lower, upper]))
    below = (ranks[len(lower) :] - rankdata(upper)) / len(lower)
    above = 1 - (ranks[: len(lower)] - rankdata(lower)) / len(upper)
    return above, below


def auc(above: NDArray[np.float64], below: NDArray[np.float64]) -> Estimate:
    """P(upper > lower) in [0, 1] from placements, with DeLong's interval (DeLong et al. 1988)."""
    value = float(below.mean())
    if value in {0.0, 1.0}:
        # DeLong's interval has no width here; that of as many independent pairs still has one.
        pairs = share(np.full(min(len(above), len(below)), value == 1.0))
        return Estimate(value, pairs.low, pairs.high)
    variance = float(above.var(ddof=1)) / len(above) + float(below.var(ddof=1)) / len(below)
    half = Z_975 * float(np.sqrt(variance))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))
