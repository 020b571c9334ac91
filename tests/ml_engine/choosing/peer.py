"""What scikit-activeml 1.0.1 chooses of the pools that `test_parity` compares.

Prints it, where that is installed: `python -m tests.ml_engine.choosing.peer`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.cluster import KMeans

from ml_engine.choosing import Pool
from tests.ml_engine.choosing.pools import CLASSES, made_pool

COUNT = 8
SEED = 1
STRATEGIES = ("entropy", "margin", "least_confidence", "bald", "badge", "core_set")
TYPI_CLUST_CLUSTERS = 14
TYPI_CLUST_NEIGHBOURS = 20
COVER_RADIUS = 0.62
COVER_COUNT = 8
"""No two images cover as much, so that no choice is a tie."""


def parity_pool() -> Pool:
    """What every strategy chooses from."""
    return made_pool(SEED)


def few_annotated() -> Pool:
    """For TypiClust, whose clusters are as many as annotated and chosen images."""
    return made_pool(SEED, annotated=TYPI_CLUST_CLUSTERS - COUNT)


def clusters_of(pool: Pool, count: int) -> np.ndarray:
    """scikit-learn's k-means, as scikit-activeml calls it."""
    x = pool.all_features().astype(np.float64)
    return KMeans(n_clusters=count, random_state=pool.seed).fit_predict(x).astype(np.int64)


def _choices() -> dict[str, Any]:
    from skactiveml.pool import ProbCover

    from ml_engine.studies.choosing_peers import peer_choose

    pool = parity_pool()
    found: dict[str, Any] = {name: peer_choose(name, pool, COUNT).tolist() for name in STRATEGIES}
    typical = peer_choose("typi_clust", few_annotated(), COUNT, k=TYPI_CLUST_NEIGHBOURS)
    covering = peer_choose("prob_cover", pool, COVER_COUNT, deltas=[COVER_RADIUS])
    grid = ProbCover(n_classes=CLASSES, deltas=np.arange(0.01, 2, 0.01), random_state=SEED)
    x = pool.all_features().astype(np.float64)
    grid.query(x, np.full(len(x), np.nan))
    return {
        **found,
        "typi_clust": typical.tolist(),
        "prob_cover": covering.tolist(),
        "radius": round(float(grid.delta_max_), 2),
    }


if __name__ == "__main__":
    for name, choice in _choices().items():
        print(f'    "{name}": {choice},')
