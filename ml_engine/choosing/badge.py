"""BADGE: uncertain and unlike each other, by the gradients that an annotation would bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml_engine.choosing.distances import squared_norms
from ml_engine.choosing.pool import Floats, Indices, Pool
from ml_engine.choosing.seeding import k_means_plus_plus
from ml_engine.randomness import numpy_generator

ROUNDING = 1e-6
"""Squared distances below this share of both squared lengths are rounding, and mean 0."""


def badge(pool: Pool, count: int) -> Indices:
    """k-means++ over gradient embeddings (Ash et al. 2020, "Deep Batch Active Learning by Diverse,
    Uncertain Gradient Lower Bounds", §3, Algorithm 1).

    The paper's x is the last layer's input; ours is that input at unit length, so that its length
    does not pass for uncertainty. As in the authors' code, the first choice is the longest
    gradient, not a draw. (scikit-activeml 1.0.1 also measures from the origin, as if a gradient of
    0 were chosen already; neither paper nor authors do.)
    """
    gradients = Gradients.of(pool.probabilities, pool.features)
    draws = numpy_generator(pool.seed, "badge").random(count - 1)
    return k_means_plus_plus(gradients.squared_from, gradients.longest(), draws)


@dataclass(frozen=True)
class Gradients:
    """Of the last layer's loss by its weights, were the likeliest class true: (p - y) ⊗ x.

    A gradient's length says how unsure, its direction of what. Products factor,
    ⟨a ⊗ x, b ⊗ z⟩ = ⟨a, b⟩⟨x, z⟩, so N × (K + D) numbers stand for N × K·D.
    """

    errors: Floats
    """p - y (N, K)."""
    features: Floats
    """x (N, D)."""
    lengths: Floats
    """Squared (N,)."""

    @classmethod
    def of(cls, probabilities: Floats, features: Floats) -> Gradients:
        """From probabilities (N, K) and features (N, D)."""
        errors = probabilities.copy()
        errors[np.arange(len(errors)), probabilities.argmax(axis=1)] -= 1
        return cls(errors, features, squared_norms(errors) * squared_norms(features))

    def longest(self) -> int:
        """The index of the longest; of equal ones the first."""
        return int(self.lengths.argmax())

    def squared_from(self, index: int) -> Floats:
        """Squared distances (N,) of all gradients from one."""
        squared: Floats = (self.errors @ self.errors[index]) * (
            self.features @ self.features[index]
        )
        squared *= -2
        both = self.lengths + self.lengths[index]
        squared += both
        squared[squared < ROUNDING * both] = 0
        return squared
