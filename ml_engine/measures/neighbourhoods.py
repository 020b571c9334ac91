"""Precision, recall, density and coverage: who lies in whose neighbourhood.

Precision and recall: Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing
Generative Models", eq. 1 to 3, k = 3. Density and coverage: Naeem et al. 2020, "Reliable Fidelity
and Diversity Metrics for Generative Models", §3.2, k = 5. A neighbourhood is the ball around an
image that reaches to its k-th nearest other image. Intervals are over the images that are counted,
with the neighbourhoods as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.intervals import Estimate, mean, share
from ml_engine.neighbours import CHUNK, Features, distances, kth_neighbour

MANIFOLD_NEIGHBOUR = 3
"""k of precision and recall."""
DENSITY_NEIGHBOUR = 5
"""k of density and coverage."""


@dataclass(frozen=True)
class Neighbourhoods:
    """The four figures, at whatever numbers of real and fake images."""

    precision: Estimate
    """Share in [0, 1] of fakes within a real image's neighbourhood."""
    recall: Estimate
    """Share in [0, 1] of real images within a fake's neighbourhood."""
    density: Estimate
    """About 1 where fakes lie as densely among real images as these do; not bounded by 1."""
    coverage: Estimate
    """Share in [0, 1] of real images that have a fake in their neighbourhood."""


def neighbourhoods(real: Features, fake: Features) -> Neighbourhoods:
    """Compare fake (M, D) with real (N, D) features, more than 5 of each."""
    recalled = _in_any_ball(real, fake, MANIFOLD_NEIGHBOUR)
    precise = _in_any_ball(fake, real, MANIFOLD_NEIGHBOUR)
    inside, covered = balls_entered(real, fake, DENSITY_NEIGHBOUR)
    return Neighbourhoods(
        precision=share(precise),
        recall=share(recalled),
        density=mean(inside / DENSITY_NEIGHBOUR),
        coverage=share(covered),
    )


def balls_entered(
    real: Features, fake: Features, k: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How many real images' balls each fake is in (M,), and whether each ball has a fake (N,)."""
    radii = kth_neighbour(real, k)
    covered = np.zeros(len(real), dtype=bool)
    inside = []
    for start in range(0, len(fake), CHUNK):
        within = distances(fake[start : start + CHUNK], real) <= radii
        inside.append(within.sum(axis=1))
        covered |= within.any(axis=0)
    return np.concatenate(inside).astype(np.float64), covered


def _in_any_ball(points: Features, centres: Features, k: int) -> NDArray[np.bool_]:
    inside, _ = balls_entered(centres, points, k)
    return inside > 0
