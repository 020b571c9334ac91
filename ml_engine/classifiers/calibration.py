"""Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks", §4.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

LOWEST, HIGHEST = 0.05, 20.0
"""Bounds of the temperature; a few images could otherwise ask for certainty or for nothing."""


def fit_temperature(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """The temperature T that minimises the negative log-likelihood of softmax(logits / T).

    `logits` is (N, K), `targets` (N,). Returns 1.0 where there are no images.
    """
    if len(targets) == 0:
        return 1.0
    rows = np.arange(len(targets))

    def negative_log_likelihood(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return -float(log_softmax(scaled, axis=1)[rows, targets].mean())

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    found = minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded")
    return float(np.exp(found.x))
