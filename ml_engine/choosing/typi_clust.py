"""TypiClust: the most typical image of each part of the pool that has no annotation yet."""

from __future__ import annotations

import numpy as np

from ml_engine.choosing.clusters import k_means
from ml_engine.choosing.distances import blocks, squared_distances
from ml_engine.choosing.pool import Floats, Indices, Pool
from ml_engine.randomness import numpy_generator

MOST_CLUSTERS = 500
NEIGHBOURS = 20
LEAST_MEMBERS = 5
"""A cluster of fewer holds outliers, and waits until there are no others."""
MOST_MEMBERS = 4096
"""Of a larger cluster so many are drawn, and compared with each other."""


def typi_clust(pool: Pool, count: int) -> Indices:
    """Typical images of uncovered clusters (Hacohen et al. 2022, "Active Learning on a Budget:
    Opposite Strategies Suit High and Low Budgets", §3.2, Algorithm 1).

    k-means parts what is annotated and the pool into A + `count` clusters, at most 500, as in the
    paper. It takes features of self-supervised learning; ours are the classifier's own.
    """
    clusters = k_means(pool.all_features(), min(pool.known + count, MOST_CLUSTERS), pool.seed)
    return typical(
        pool.features, clusters[pool.known :], clusters[: pool.known], count, seed=pool.seed
    )


def typical(
    features: Floats,
    clusters: Indices,
    annotated_clusters: Indices,
    count: int,
    *,
    neighbours: int = NEIGHBOURS,
    seed: int = 0,
) -> Indices:
    """The most typical of features (N, D) in the largest clusters without an annotated image.

    `clusters` (N,) and `annotated_clusters` (A,) say where each lies. Where no such cluster is
    left, the turn is the one's with the fewest annotated or chosen images, as in the authors' code.
    """
    size = int(max(clusters.max(initial=-1), annotated_clusters.max(initial=-1))) + 1
    taken = np.bincount(annotated_clusters, minlength=size)
    members = [np.flatnonzero(clusters == cluster) for cluster in range(size)]
    sizes = np.bincount(clusters, minlength=size) + taken
    chosen: list[int] = []
    for _ in range(min(count, len(features))):
        left = [cluster for cluster in range(size) if len(members[cluster])]
        cluster = min(left, key=lambda c: (sizes[c] < LEAST_MEMBERS, taken[c], -sizes[c]))
        drawn = _drawn(members[cluster], seed, cluster)
        best = int(drawn[typicality(features[drawn], neighbours).argmax()])
        chosen.append(best)
        taken[cluster] += 1
        members[cluster] = members[cluster][members[cluster] != best]
    return np.array(chosen, np.int64)


def typicality(features: Floats, neighbours: int = NEIGHBOURS) -> Floats:
    """1 ÷ the mean distance (N,) to the nearest others of features (N, D), at most `neighbours`.

    Equation 3 of the paper. Of one image alone it is 1.
    """
    size = len(features)
    nearest = min(neighbours, size - 1)
    found: Floats = np.ones(size, np.float32)
    if nearest < 1:
        return found
    # Around their mean, small distances are not lost in the rounding of long vectors.
    centred = features - features.mean(axis=0)
    for rows in blocks(size, size):
        squared = squared_distances(centred[rows], centred)
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = np.inf
        close = np.partition(squared, nearest - 1, axis=1)[:, :nearest]
        found[rows] = 1 / np.maximum(np.sqrt(close).mean(axis=1), 1e-6)
    return found


def _drawn(members: Indices, seed: int, cluster: int) -> Indices:
    if len(members) <= MOST_MEMBERS:
        return members
    random = numpy_generator(seed, "typi-clust", cluster)
    return np.sort(random.choice(members, MOST_MEMBERS, replace=False))
