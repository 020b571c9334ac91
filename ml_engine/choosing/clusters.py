"""k-means, as the strategies of low budgets need it: float32, from a sample, repeatable."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from ml_engine.choosing.distances import blocks, squared_distances, squared_norms
from ml_engine.choosing.pool import Floats, Indices
from ml_engine.choosing.seeding import k_means_plus_plus
from ml_engine.randomness import numpy_generator

ROWS_A_CLUSTER = 64
LEAST_ROWS = 20_000
"""Centres are learnt from so many rows, where there are more, and as many as above a cluster."""
TURNS = 20


def k_means(points: Floats, count: int, seed: int) -> Indices:
    """The cluster (N,), from 0, of each of points (N, D), of at most `count` clusters.

    Lloyd's algorithm from a k-means++ seeding, ended after `TURNS` or where no point moves.
    """
    random = numpy_generator(seed, "k-means")
    most = max(LEAST_ROWS, ROWS_A_CLUSTER * count)
    sample = points
    if len(points) > most:
        sample = points[np.sort(random.choice(len(points), most, replace=False))]
    draws = random.random(min(count, len(sample)))
    norms = squared_norms(sample)

    def squared_from(index: int) -> Floats:
        squared: Floats = norms + norms[index] - 2 * (sample @ sample[index])
        return np.maximum(squared, 0, out=squared)

    first = int(draws[0] * len(sample))
    centres = sample[k_means_plus_plus(squared_from, first, draws[1:])]
    return nearest_centre(points, _settled(sample, centres))


def nearest_centre(points: Floats, centres: Floats) -> Indices:
    """The nearest (N,) of centres (K, D) for each of points (N, D)."""
    found = np.zeros(len(points), np.int64)
    for rows in blocks(len(points), len(centres)):
        squared_distances(points[rows], centres).argmin(axis=1, out=found[rows])
    return found


def _settled(points: Floats, centres: Floats) -> Floats:
    clusters = nearest_centre(points, centres)
    for _ in range(TURNS):
        centres = _means(points, clusters, centres)
        moved = nearest_centre(points, centres)
        if (moved == clusters).all():
            break
        clusters = moved
    return centres


def _means(points: Floats, clusters: Indices, centres: Floats) -> Floats:
    """The mean of each cluster; an empty one's centre stays."""
    count, rows = len(centres), np.arange(len(points))
    members = csr_array(
        (np.ones(len(points), np.float32), (clusters, rows)), shape=(count, len(points))
    )
    sizes = np.bincount(clusters, minlength=count).astype(np.float32)
    means: Floats = members @ points / np.maximum(sizes, 1)[:, None]
    means[sizes == 0] = centres[sizes == 0]
    return means
