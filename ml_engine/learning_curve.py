"""What more annotations may be expected to bring: a power law through the rounds so far.

The error on a list of images falls with the number n of annotations as c + a n^-b (Hestness et al.
2017, "Deep Learning Scaling is Predictable, Empirically", §3; Viering & Loog 2023, "The Shape of
Learning Curves: a Review", §4.1). A few rounds tell little of three parameters, so none is taken
for known: b and c lie on a grid, a is linear given them, and what is expected is the mean over all
curves that fit, each weighted by how well it does (Bayes, each point of the grid alike).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

LEAST_ROUNDS = 3
"""With fewer the curve is hardly more than its prior."""
EXPONENTS = np.geomspace(0.05, 1.0, 60)
"""Hestness et al. measured 0.07 to 0.35; theory allows for up to 1."""
FLOORS = 0.95 * np.linspace(0.0, 1.0, 30) ** 2
"""The error that no annotation takes away, as a share of the smallest that was measured: small ones
are likelier. Spread evenly, they would make every curve look flatter than it is."""
QUANTILES = (np.arange(41) + 0.5) / 41
LEAST_ERROR = 1e-3
"""A standard error below this would trust few seeds too much."""


@dataclass(frozen=True)
class CurvePoint:
    """One round's real-only arms on the same images."""

    annotations: int
    accuracies: Sequence[float]
    """Of each seed, in [0, 1]."""


@dataclass(frozen=True)
class ExpectedGain:
    """A change of accuracy that is expected, in [-1, 1], with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    """All the curves that fit, with their weights. Arrays run over the grid of b and c, (G,)."""

    annotations: int
    """At the last point: gains are counted from there."""
    exponents: NDArray[np.float64]
    weights: NDArray[np.float64]
    """They sum to 1."""
    reducible: NDArray[np.float64]
    """Error at the last point that annotations can take away: its mean,"""
    spread: NDArray[np.float64]
    """and its standard deviation, of a normal distribution cut off at 0."""

    def gain(self, more: float) -> ExpectedGain:
        """Of so many annotations more. Raises ValueError for a negative number."""
        if more < 0:
            raise ValueError(f"{more} annotations cannot be taken away; ask for 0 or more.")
        share = 1 - ((self.annotations + more) / self.annotations) ** -self.exponents
        values = (share[:, None] * self._reducible_draws()).ravel()
        weights = np.repeat(self.weights / len(QUANTILES), len(QUANTILES))
        order = np.argsort(values, kind="stable")
        reached = np.cumsum(weights[order])
        ends = np.searchsorted(reached, [0.025, 0.975]).clip(max=len(order) - 1)
        low, high = values[order[ends]].tolist()
        return ExpectedGain(float(values @ weights), low, high)

    def _reducible_draws(self) -> NDArray[np.float64]:
        """Quantiles (G, Q) of each curve's normal distribution above 0."""
        below = ndtr(-self.reducible / self.spread)[:, None]
        levels = np.clip(below + (1 - below) * QUANTILES, 1e-12, 1 - 1e-12)
        draws: NDArray[np.float64] = self.reducible[:, None] + self.spread[:, None] * ndtri(levels)
        return draws.clip(min=0.0)


def fit(points: Sequence[CurvePoint]) -> LearningCurve | None:
    """The curves through these rounds, by number of annotations.

    None where fewer than `LEAST_ROUNDS` numbers of annotations differ: there is nothing to
    extrapolate. Raises ValueError for a point without annotations or without seeds.
    """
    for point in points:
        if point.annotations < 1 or not point.accuracies:
            raise ValueError(f"{point} needs an annotation and a seed at least.")
    if len({point.annotations for point in points}) < LEAST_ROUNDS:
        return None
    ordered = sorted(points, key=lambda point: point.annotations)
    counts = np.array([point.annotations for point in ordered], np.float64)
    errors = np.array([1 - np.mean(point.accuracies) for point in ordered])
    variances = _variances(ordered)
    exponents, floors = (grid.ravel() for grid in np.meshgrid(EXPONENTS, FLOORS * errors.min()))
    fitted = _fitted(counts, errors - floors[:, None], variances, exponents)
    # Rounds differ by what happened to be annotated, too: more than their seeds can tell.
    unexplained = max(1.0, float(fitted.misfit.min()) / max(1, len(ordered) - 2))
    spread = fitted.spread * np.sqrt(unexplained)
    logs = -fitted.misfit / (2 * unexplained) + np.log(spread)
    logs += log_ndtr(fitted.reducible / spread)  # what of it lies above 0
    weights = np.exp(logs - logs.max())
    return LearningCurve(
        int(counts[-1]), exponents, weights / weights.sum(), fitted.reducible, spread
    )


@dataclass(frozen=True)
class _Fitted:
    reducible: NDArray[np.float64]
    spread: NDArray[np.float64]
    misfit: NDArray[np.float64]
    """χ² of each curve."""


def _fitted(
    counts: NDArray[np.float64],
    above: NDArray[np.float64],
    variances: NDArray[np.float64],
    exponents: NDArray[np.float64],
) -> _Fitted:
    """Weighted least squares of `above` (G, K) by the shape (n / last n)^-b of each curve."""
    shape = (counts / counts[-1]) ** -exponents[:, None]
    precision = (shape**2 / variances).sum(axis=1)
    reducible = (shape * above / variances).sum(axis=1) / precision
    misfit = ((above - reducible[:, None] * shape) ** 2 / variances).sum(axis=1)
    return _Fitted(reducible, 1 / np.sqrt(precision), misfit)


def _variances(points: Sequence[CurvePoint]) -> NDArray[np.float64]:
    """Of each point's mean (K,): what seeds differ by, pooled over the rounds."""
    squares = sum(
        float(((np.asarray(point.accuracies) - np.mean(point.accuracies)) ** 2).sum())
        for point in points
    )
    freedom = sum(len(point.accuracies) - 1 for point in points)
    of_a_seed = squares / freedom if freedom else 0.0
    sizes = np.array([len(point.accuracies) for point in points], np.float64)
    return np.maximum(of_a_seed / sizes, LEAST_ERROR**2)
