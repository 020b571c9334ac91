"""BADGE: gradients that are long and unlike each other."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ml_engine.choosing import choose
from ml_engine.choosing.badge import Gradients
from ml_engine.choosing.seeding import k_means_plus_plus
from tests.ml_engine.choosing.pools import made_pool, pool_of, unit


def written_out(probabilities: np.ndarray, features: np.ndarray) -> np.ndarray:
    """The gradient embeddings (N, K·D) themselves."""
    errors = probabilities - np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
    return (errors[:, :, None] * features[:, None, :]).reshape(len(features), -1)


def test_its_distances_are_those_of_gradients_written_out() -> None:
    pool = made_pool(1, size=120)
    gradients = Gradients.of(pool.probabilities, pool.features)
    embeddings = written_out(pool.probabilities, pool.features)
    assert gradients.lengths == pytest.approx((embeddings**2).sum(axis=1), abs=1e-5)
    for index in (0, 7, 119):
        expected = ((embeddings - embeddings[index]) ** 2).sum(axis=1)
        assert gradients.squared_from(index) == pytest.approx(expected, abs=1e-5)
        assert gradients.squared_from(index)[index] == 0


def test_of_equal_features_the_unsure_one_is_chosen() -> None:
    """Two directions; in each twenty sure images, which all count as one, and an unsure one."""
    features = unit([[1, 0]] * 21 + [[0, 1]] * 21)
    probabilities = np.array([[1.0, 0.0]] * 42)
    probabilities[20], probabilities[41] = [0.6, 0.4], [0.55, 0.45]
    for seed in range(20):
        chosen = choose("badge", pool_of(features, probabilities, seed=seed), 3)
        assert chosen[0] == 41
        assert 20 in chosen


def test_equally_unsure_images_are_chosen_from_different_places() -> None:
    """Two crowds of the same gradient each: never two of one."""
    features = unit([[1, 0.0]] * 30 + [[0, 1]] * 3)
    for seed in range(20):
        first, second = choose("badge", pool_of(features, seed=seed), 2)
        assert (first < 30) != (second < 30)


def test_draws_follow_squared_distances() -> None:
    """Against chances that are written out, over 4,000 draws."""
    pool = made_pool(2, size=30)
    gradients = Gradients.of(pool.probabilities, pool.features)
    embeddings = written_out(pool.probabilities, pool.features)
    longest = int((embeddings**2).sum(axis=1).argmax())
    squared = ((embeddings - embeddings[longest]) ** 2).sum(axis=1)
    draws = (np.arange(4000) + 0.5) / 4000
    seconds = Counter(
        int(k_means_plus_plus(gradients.squared_from, longest, draws[i : i + 1])[1])
        for i in range(len(draws))
    )
    found = np.array([seconds[index] for index in range(30)]) / 4000
    assert found == pytest.approx(squared / squared.sum(), abs=1 / 2000)
    assert found[longest] == 0
