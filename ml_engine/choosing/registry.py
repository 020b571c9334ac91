"""The strategies by their names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from ml_engine.choosing.badge import badge
from ml_engine.choosing.balanced import balanced
from ml_engine.choosing.core_set import core_set
from ml_engine.choosing.pool import Indices, Pool
from ml_engine.choosing.prob_cover import prob_cover
from ml_engine.choosing.typi_clust import typi_clust
from ml_engine.choosing.uncertain import bald, least_sure
from ml_engine.config import STRATEGIES, ConfigError

Chooser = Callable[[Pool, int], Indices]

CHOOSERS: dict[str, Chooser] = {
    **{strategy: partial(least_sure, strategy) for strategy in STRATEGIES},
    "bald": bald,
    "badge": badge,
    "core_set": core_set,
    "typi_clust": typi_clust,
    "prob_cover": prob_cover,
    "balanced_margin": partial(balanced, partial(least_sure, "margin")),
}
"""All but `bald` need no more than one prediction of each image."""


def choose(strategy: str, pool: Pool, count: int) -> Indices:
    """At most `count` different indices into the pool, those that matter most first.

    Fewer only where the pool is smaller. Computes on one thread: the number of threads would
    decide sums, and with them choices. Raises `ConfigError` for another strategy or a count
    below 0, and where a strategy needs what the pool has not.
    """
    if strategy not in CHOOSERS:
        raise ConfigError(f"There is no strategy {strategy!r}; there are {', '.join(CHOOSERS)}.")
    if count < 0:
        raise ConfigError(f"count is {count}: choose 0 images or more.")
    wanted = min(count, len(pool))
    if not wanted:
        return np.zeros(0, np.int64)
    with threadpool_limits(1, user_api="blas"):
        return CHOOSERS[strategy](pool, wanted)
