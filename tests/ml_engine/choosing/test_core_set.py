"""CoreSet: k-center greedy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from ml_engine.choosing import choose
from ml_engine.neighbours import distances
from tests.ml_engine.choosing.pools import made_pool, pool_of


def radius(features: np.ndarray, centres: np.ndarray) -> float:
    return float(distances(features, centres).min(axis=1).max())


@pytest.mark.parametrize("annotated", [0, 2])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_left_is_at_most_twice_as_far_as_the_best_choice_leaves_it(
    seed: int, annotated: int
) -> None:
    full = made_pool(seed, size=13, annotated=2)
    pool = pool_of(full.features, annotated=full.annotated_features[:annotated], seed=seed)
    x, known = pool.features, pool.annotated_features
    best = min(
        radius(x, np.concatenate([known, x[list(three)]])) for three in combinations(range(13), 3)
    )
    chosen = choose("core_set", pool, 3)
    assert radius(x, np.concatenate([known, x[chosen]])) <= 2 * best + 1e-5


def test_each_is_the_farthest_from_all_that_is_annotated_or_chosen() -> None:
    pool = made_pool(3, size=200)
    known = pool.annotated_features
    for index in choose("core_set", pool, 15):
        away = distances(pool.features, known).min(axis=1)
        assert away[index] == pytest.approx(away.max(), abs=1e-5)
        known = np.concatenate([known, pool.features[index : index + 1]])
