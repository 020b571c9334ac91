"""ProbCover: as much as can be within one radius of few images."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from ml_engine.choosing import choose
from ml_engine.choosing.clusters import k_means
from ml_engine.choosing.prob_cover import cover, pure_radius
from ml_engine.neighbours import distances
from tests.ml_engine.choosing.pools import made_pool


def covered(pool, chosen, radius: float) -> float:
    """The share of a pool within the radius of what is annotated or chosen."""
    centres = np.concatenate([pool.annotated_features, pool.features[chosen]])
    return float((distances(pool.features, centres).min(axis=1) <= radius + 1e-6).mean())


@pytest.mark.parametrize("seed", range(4))
def test_it_covers_more_than_a_draw_of_as_many(seed: int) -> None:
    pool = made_pool(seed)
    classes = k_means(pool.all_features(), 6, seed)
    radius = pure_radius(pool.all_features(), classes, np.arange(600))
    ours = covered(pool, choose("prob_cover", pool, 15), radius)
    drawn = [
        covered(pool, np.random.default_rng(s).choice(len(pool), 15, replace=False), radius)
        for s in range(20)
    ]
    assert ours > max(drawn)


def test_greed_covers_what_the_best_choice_covers_but_for_a_share() -> None:
    """At least 1 - 1/e of it (Nemhauser et al. 1978)."""
    features = made_pool(7, size=14).features
    near = distances(features, features) <= 0.7
    best = max(near[list(three)].any(axis=0).sum() for three in combinations(range(14), 3))
    chosen = cover(features, features[:0], 0.7, 3)
    assert near[chosen].any(axis=0).sum() >= (1 - 1 / np.e) * best


def test_what_is_near_an_annotated_image_is_covered_already() -> None:
    pool = made_pool(2)
    chosen = cover(pool.features, pool.annotated_features, 0.6, 10)
    left = distances(pool.features, pool.annotated_features).min(axis=1) > 0.6
    near = distances(pool.features, pool.features) <= 0.6
    for index in chosen:
        gains = (near & left).sum(axis=1)
        assert gains[index] == gains.max()
        left &= ~near[index]


def test_it_ends_where_all_is_covered() -> None:
    features = made_pool(3, size=50).features
    assert len(cover(features, features[:0], 2.0, 10)) == 1
    assert len(cover(features, features, 0.1, 10)) == 0


@pytest.mark.parametrize("purity", [0.5, 0.9, 0.95])
def test_the_radius_is_the_largest_at_which_balls_are_pure(purity: float) -> None:
    pool = made_pool(4)
    classes = k_means(pool.features, 6, 4)
    away = distances(pool.features, pool.features)

    def pure(radius: float) -> float:
        mixed = (away <= radius) & (classes[:, None] != classes)
        return 1 - float(mixed.any(axis=1).mean())

    radius = pure_radius(pool.features, classes, np.arange(len(pool)), purity)
    assert pure(radius - 1e-4) >= purity
    assert pure(radius + 1e-4) < purity


def test_a_large_pool_is_covered_by_a_draw_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    pool = made_pool(5, size=3000)
    whole = choose("prob_cover", pool, 15)
    monkeypatch.setattr(sys.modules["ml_engine.choosing.prob_cover"], "MOST_IMAGES", 800)
    drawn = choose("prob_cover", pool, 15)
    assert covered(pool, drawn, 0.6) > 0.85 * covered(pool, whole, 0.6)
