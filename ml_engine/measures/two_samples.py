"""Whether a classifier can learn to tell synthetic from real features.

Classifier two-sample test: Lopez-Paz & Oquab 2017, "Revisiting Classifier Two-Sample Tests", with
the area under the ROC curve in place of the accuracy. The classifier is Fisher's linear
discriminant, its covariance shrunk towards a sphere as images are few, and no image is judged by
one that has seen it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.frechet import Moments, joined, moments
from ml_engine.measures.intervals import Estimate
from ml_engine.measures.ranks import auc, placements
from ml_engine.neighbours import Features
from ml_engine.randomness import numpy_generator

FOLDS = 5


def two_sample_auc(real: Features, fake: Features, *, seed: int) -> Estimate:
    """Area under the ROC curve, 0.5 where fake (M, D) cannot be told from real (N, D), 1 where
    always. At least 10 images a side."""
    ours, theirs = _folds(len(real), seed, "real"), _folds(len(fake), seed, "fake")
    real_parts = [moments(real[ours == fold]) for fold in range(FOLDS)]
    fake_parts = [moments(fake[theirs == fold]) for fold in range(FOLDS)]
    above, below = np.zeros(len(real)), np.zeros(len(fake))
    for fold in range(FOLDS):
        direction = _discriminant(_all_but(real_parts, fold), _all_but(fake_parts, fold))
        above[ours == fold], below[theirs == fold] = placements(
            real[ours == fold] @ direction, fake[theirs == fold] @ direction
        )
    return auc(above, below)


def _folds(count: int, seed: int, side: str) -> NDArray[np.int64]:
    return numpy_generator(seed, f"two-sample folds {side}").permutation(count) % FOLDS


def _all_but(parts: list[Moments], fold: int) -> Moments:
    return joined([part for number, part in enumerate(parts) if number != fold])


def _discriminant(real: Moments, fake: Moments) -> NDArray[np.float64]:
    """The direction (D,) along which fakes lie above real images."""
    count, dimensions = real.count + fake.count, len(real.mean)
    within = (real.scatter + fake.scatter) / (count - 2)
    shrinkage = dimensions / (dimensions + count)
    # Features that never vary leave a singular matrix; this keeps it solvable.
    sphere = max(float(np.trace(within)) / dimensions, 1e-12)
    within = (1 - shrinkage) * within + shrinkage * sphere * np.eye(dimensions)
    return np.asarray(np.linalg.solve(within, fake.mean - real.mean), np.float64)
