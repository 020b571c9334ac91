"""95% intervals of figures, from the images that they were computed on."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ml_engine.significance import Z_975


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


def share(yes: NDArray[np.bool_]) -> Estimate:
    """The share of `yes` (N,), with Wilson's interval."""
    return wilson(int(yes.sum()), len(yes))


def wilson(count: int, n: int) -> Estimate:
    """The share count ÷ n, with Wilson's interval (Wilson 1927)."""
    p, z2 = count / n, Z_975**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_975 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half))


def mean(values: NDArray[np.float64]) -> Estimate:
    """The mean of `values` (N,), N at least 2, with Student's interval."""
    return student(
        float(values.mean()), float(values.var(ddof=1)) / len(values), freedom=len(values) - 1
    )


def student(value: float, variance: float, *, freedom: int) -> Estimate:
    """`value` ± t₀.₉₇₅ √variance, with `freedom` degrees of freedom."""
    half = float(stdtrit(freedom, 0.975)) * sqrt(max(0.0, variance))
    return Estimate(value, value - half, value + half)


def jackknife_variance(left_out: NDArray[np.float64]) -> float:
    """Variance of a figure, from what it is without each image or group (Tukey 1958)."""
    n = len(left_out)
    return (n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum())
