"""Kernel distance (KID): the squared maximum mean discrepancy of a cubic kernel, unbiased.

Bińkowski et al. 2018, "Demystifying MMD GANs", §3.1 and Appendix: k(x, y) = (xᵀy / d + 1)³.
Published figures are means over random subsets; here all pairs of images count, and the interval
comes from leaving out each image in turn (jackknife of a two-sample U-statistic, Arvesen 1969).
It is unbiased for images drawn freely; where fakes are asked for the very classes of the real
images, it lies a little low, by the order of the spread between classes divided by N.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.intervals import Estimate, jackknife_variance, student
from ml_engine.neighbours import CHUNK, Features


def kid(real: Features, fake: Features) -> Estimate:
    """KID of fake (M, D) against real (N, D) features, at least 3 each; about 0 for equal ones."""
    n, m = len(real), len(fake)
    if min(n, m) < 3:
        raise ValueError("KID needs at least 3 images on each side.")
    among_real, among_fake = _row_sums(real, real, True), _row_sums(fake, fake, True)
    real_to_fake, fake_to_real = _row_sums(real, fake), _row_sums(fake, real)
    xx, yy, xy = among_real.sum(), among_fake.sum(), real_to_fake.sum()
    value = xx / (n * (n - 1)) + yy / (m * (m - 1)) - 2 * xy / (n * m)
    without_real = (
        (xx - 2 * among_real) / ((n - 1) * (n - 2))
        + yy / (m * (m - 1))
        - 2 * (xy - real_to_fake) / ((n - 1) * m)
    )
    without_fake = (
        xx / (n * (n - 1))
        + (yy - 2 * among_fake) / ((m - 1) * (m - 2))
        - 2 * (xy - fake_to_real) / (n * (m - 1))
    )
    variance = jackknife_variance(without_real) + jackknife_variance(without_fake)
    return student(float(value), variance, freedom=min(n, m) - 1)


def _row_sums(a: Features, b: Features, but_itself: bool = False) -> NDArray[np.float64]:
    """Σⱼ k(aᵢ, bⱼ) for each row of `a`; with `but_itself`, j ≠ i."""
    sums = np.zeros(len(a))
    d = a.shape[1]
    for i in range(0, len(a), CHUNK):
        x = np.asarray(a[i : i + CHUNK], np.float64)
        for j in range(0, len(b), CHUNK):
            base = x @ np.asarray(b[j : j + CHUNK], np.float64).T / d + 1
            kernel = base * base * base
            sums[i : i + CHUNK] += kernel.sum(axis=1)
        if but_itself:
            sums[i : i + CHUNK] -= ((x**2).sum(axis=1) / d + 1) ** 3
    return sums
