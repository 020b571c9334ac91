"""TypiClust: a typical image of every part without an annotation."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.choosing import choose
from ml_engine.choosing.clusters import k_means
from ml_engine.choosing.typi_clust import typical, typicality
from ml_engine.neighbours import distances
from tests.ml_engine.choosing.pools import made_pool, pool_of, unit


def islands(sizes: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tight groups far from each other, and each image's group."""
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    noise = 0.05 * random.standard_normal((len(groups), len(sizes)))
    return unit(np.eye(len(sizes))[groups] + noise), groups


def test_typicality_is_the_inverse_of_the_mean_distance_to_the_nearest() -> None:
    features = made_pool(1, size=80).features
    away = np.sort(distances(features, features), axis=1)[:, 1:21]
    assert typicality(features) == pytest.approx(1 / away.mean(axis=1), rel=1e-4)
    assert typicality(features[:1]).tolist() == [1.0]


def test_the_largest_islands_without_an_annotation_come_first() -> None:
    features, groups = islands([40, 10, 30, 20, 25])
    annotated = features[groups == 2][:1]
    chosen = choose("typi_clust", pool_of(features, annotated=annotated), 4)
    assert groups[chosen].tolist() == [0, 4, 3, 1]


def test_it_chooses_from_the_middle_of_an_island() -> None:
    features, groups = islands([60, 50])
    for index in choose("typi_clust", pool_of(features), 2):
        own = features[groups == groups[index]]
        away = np.linalg.norm(own - own.mean(axis=0), axis=1)
        assert np.linalg.norm(features[index] - own.mean(axis=0)) < np.median(away)


def test_outliers_wait_until_there_is_nothing_else() -> None:
    features = np.zeros((50, 2), np.float32)
    clusters = np.array([0] * 3 + [1] * 47)
    chosen = typical(features, clusters, np.zeros(0, np.int64), 48)
    assert set(chosen[:47].tolist()) == set(range(3, 50))
    assert chosen[47] < 3


def test_covered_parts_take_turns_once_all_are_covered() -> None:
    features, groups = islands([20, 30])
    chosen = typical(features, groups, np.array([0]), 5)
    assert groups[chosen].tolist() == [1, 1, 0, 1, 0]


def test_k_means_finds_islands_and_no_more_of_them_than_points() -> None:
    features, groups = islands([30, 40, 50, 20])
    found = k_means(features, 4, seed=3)
    assert len({(a, b) for a, b in zip(found, groups, strict=True)}) == 4
    assert sorted(k_means(features[:3], 10, seed=0)) == [0, 1, 2]


def test_k_means_ends_no_worse_than_scikit_learns() -> None:
    from sklearn.cluster import KMeans

    features = made_pool(5).features
    clusters = k_means(features, 12, seed=1)
    spread = sum(
        float(((own - own.mean(axis=0)) ** 2).sum())
        for own in (features[clusters == c] for c in np.unique(clusters))
    )
    theirs = [KMeans(12, n_init=1, random_state=s).fit(features).inertia_ for s in range(5)]
    assert spread < 1.1 * max(theirs)
