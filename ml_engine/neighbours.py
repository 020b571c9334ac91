"""Distances between embeddings, in pieces that fit in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHUNK = 1024

Features = NDArray[np.floating]


def distances(a: Features, b: Features) -> NDArray[np.float64]:
    """Euclidean distances (N, M) between rows of `a` (N, D) and `b` (M, D), in float64."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    squared = (x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T
    lengths: NDArray[np.float64] = np.sqrt(squared.clip(min=0.0))
    return lengths


def nearest(a: Features, b: Features) -> NDArray[np.float64]:
    """Distance (N,) of each row of `a` to its nearest row of `b`; infinite where `b` is empty."""
    if len(b) == 0:
        return np.full(len(a), np.inf)
    parts = [distances(a[i : i + CHUNK], b).min(axis=1) for i in range(0, len(a), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros(0)


def kth_neighbour(a: Features, k: int) -> NDArray[np.float64]:
    """Distance (N,) of each row of `a` to its k-th nearest other row."""
    if not 1 <= k < len(a):
        raise ValueError(f"{len(a)} images have no {k}-th nearest neighbour.")
    parts = []
    for start in range(0, len(a), CHUNK):
        block = distances(a[start : start + CHUNK], a)
        rows = np.arange(len(block))
        block[rows, start + rows] = np.inf
        parts.append(np.partition(block, k - 1, axis=1)[:, k - 1])
    return np.concatenate(parts)


def mean_pairwise(a: Features) -> float:
    """Mean distance between two different rows of `a`; 0 for fewer than two."""
    if len(a) < 2:
        return 0.0
    total = sum(float(distances(a[i : i + CHUNK], a).sum()) for i in range(0, len(a), CHUNK))
    return total / (len(a) * (len(a) - 1))
