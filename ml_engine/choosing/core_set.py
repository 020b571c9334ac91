"""CoreSet: no image far from all that are annotated."""

from __future__ import annotations

import numpy as np

from ml_engine.choosing.distances import nearest_squared, squared_distances
from ml_engine.choosing.pool import Indices, Pool
from ml_engine.randomness import numpy_generator


def core_set(pool: Pool, count: int) -> Indices:
    """k-center greedy (Sener & Savarese 2018, "Active Learning for Convolutional Neural Networks:
    A Core-Set Approach", §4.3, Algorithm 1): each time what lies farthest from all that is
    annotated or chosen.

    The greatest distance that is left is at most twice the least possible. Where nothing is
    annotated, the first is drawn. Outliers come first: the paper's robust variant is not built.
    """
    nearest = nearest_squared(pool.features, pool.annotated_features)
    chosen: list[int] = []
    for _ in range(min(count, len(pool))):
        if not chosen and not pool.known:
            farthest = int(numpy_generator(pool.seed, "core-set").integers(len(pool)))
        else:
            farthest = int(nearest.argmax())
        chosen.append(farthest)
        last = pool.features[farthest : farthest + 1]
        np.minimum(nearest, squared_distances(pool.features, last)[:, 0], out=nearest)
        nearest[farthest] = -1  # below the 0 of an image that equals a chosen one
    return np.array(chosen, np.int64)
