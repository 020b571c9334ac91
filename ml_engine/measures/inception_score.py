"""Inception Score: sure of each image, yet of all kinds together.

Salimans et al. 2016, "Improved Techniques for Training GANs", §4: exp E KL(p(y|x) ‖ p(y)), over all
images at once rather than in ten splits. It looks at no real image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.intervals import Estimate, jackknife_variance, student
from ml_engine.neighbours import CHUNK


def inception_score(probabilities: NDArray[np.floating]) -> Estimate:
    """Between 1 and K for probabilities (N, K) of N ≥ 2 images, with the jackknife's interval."""
    p = np.asarray(probabilities, np.float64)
    n = len(p)
    negative_entropy = _xlogx(p).sum(axis=1)
    total, entropies = p.sum(axis=0), negative_entropy.sum()
    value = np.exp(entropies / n - _xlogx(total / n).sum())
    left_out = np.concatenate(
        [
            np.exp(
                (entropies - negative_entropy[i : i + CHUNK]) / (n - 1)
                - _xlogx((total - p[i : i + CHUNK]).clip(min=0.0) / (n - 1)).sum(axis=1)
            )
            for i in range(0, n, CHUNK)
        ]
    )
    return student(float(value), jackknife_variance(left_out), freedom=n - 1)


def _xlogx(p: NDArray[np.float64]) -> NDArray[np.float64]:
    logarithm = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(p * logarithm)
