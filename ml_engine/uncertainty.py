"""How unsure a classifier is, by named strategies, and which pool images it is sure of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import STRATEGIES, ConfigError


def score(strategy: str, probabilities: NDArray[np.floating], seed: int) -> NDArray[np.float64]:
    """Uncertainty (N,) in [0, 1] from probabilities (N, K); higher means less sure.

    - `entropy`: -Σ p log p / log K (Shannon 1948)
    - `margin`: 1 - (p₁ - p₂) between the two likeliest classes (Scheffer et al. 2001)
    - `least_confidence`: 1 - p₁ (Lewis & Gale 1994)
    - `random`: uniform numbers, drawn from `seed`; the arm that measures what the others save

    Raises `ConfigError` for another strategy.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if strategy == "random":
        return np.random.default_rng(seed).random(len(p))
    if strategy == "least_confidence":
        least: NDArray[np.float64] = 1.0 - p.max(axis=1)
        return least
    if strategy == "margin":
        first, second = np.sort(p, axis=1)[:, :-3:-1].T
        margin: NDArray[np.float64] = 1.0 - (first - second)
        return margin
    if strategy == "entropy":
        share: NDArray[np.float64] = entropy(p) / np.log(p.shape[1])
        return share.clip(0.0, 1.0)
    raise ConfigError(f"There is no strategy {strategy!r}; there are {', '.join(STRATEGIES)}.")


def entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """-Σ p log p over the last axis, in nats."""
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    found: NDArray[np.float64] = -(p * logs).sum(axis=-1)
    return found


def pseudo_annotate(
    probabilities: NDArray[np.floating], confidence: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices (M,) of the rows of probabilities (N, K) above `confidence`, and their classes (M,).

    Pseudo-annotation (Lee 2013): such pool images join a generator's training, never a
    classifier's.
    """
    indices = np.flatnonzero(probabilities.max(axis=1) > confidence)
    return indices, probabilities[indices].argmax(axis=1).astype(np.int64)
