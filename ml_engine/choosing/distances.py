"""Squared Euclidean distances in float32, in blocks that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml_engine.choosing.pool import Floats

BLOCK_PAIRS = 2**22
"""Pairs whose distances are held at once: 16 MiB."""


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Slices of `rows` such that each has at most `BLOCK_PAIRS` pairs with `columns`."""
    height = max(1, BLOCK_PAIRS // max(1, columns))
    for start in range(0, rows, height):
        yield slice(start, min(start + height, rows))


def squared_norms(points: Floats) -> Floats:
    """Squared lengths (N,) of the rows of points (N, D)."""
    norms: Floats = np.einsum("nd,nd->n", points, points)
    return norms


def squared_distances(a: Floats, b: Floats) -> Floats:
    """Squared distances (N, M) between rows of `a` (N, D) and `b` (M, D), 0 or more."""
    squared: Floats = a @ b.T
    squared *= -2
    squared += squared_norms(a)[:, None]
    squared += squared_norms(b)
    return np.maximum(squared, 0, out=squared)


def nearest_squared(a: Floats, b: Floats) -> Floats:
    """Squared distance (N,) of each row of `a` to its nearest of `b`; infinite if `b` is empty."""
    found: Floats = np.full(len(a), np.inf, np.float32)
    if len(b):
        for rows in blocks(len(a), len(b)):
            squared_distances(a[rows], b).min(axis=1, out=found[rows])
    return found
