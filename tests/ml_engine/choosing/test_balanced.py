"""Classes in balance, whatever chooses within them."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.choosing import CHOOSERS, choose
from ml_engine.choosing.balanced import balanced, turns_of_classes
from tests.ml_engine.choosing.pools import made_pool, pool_of, unit


def test_turns_level_what_is_annotated() -> None:
    turns = turns_of_classes(np.array([5, 0, 2, 0]), np.array([9, 9, 9, 1]), 9)
    assert turns.tolist() == [1, 3, 1, 1, 2, 1, 2, 1, 2]


def test_a_class_without_images_gets_no_turn() -> None:
    assert turns_of_classes(np.array([0, 0]), np.array([0, 2]), 9).tolist() == [1, 1]


@pytest.mark.parametrize("strategy", ["margin", "badge", "core_set", "typi_clust", "prob_cover"])
def test_every_strategy_can_be_balanced(strategy: str) -> None:
    pool = made_pool(3)
    predicted = pool.probabilities.argmax(axis=1)
    chosen = balanced(CHOOSERS[strategy], pool, 40)
    totals = np.bincount(pool.annotated_classes, minlength=6)
    totals = totals + np.bincount(predicted[chosen], minlength=6)
    assert len(set(chosen.tolist())) == 40
    assert totals.max() - totals.min() <= 1


def test_within_a_class_the_least_sure_come_first() -> None:
    features = unit([[1.0, 0.0]] * 6)
    p = [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.1, 0.9]]
    pool = pool_of(features, p, annotated=features[:1], annotated_classes=[0])
    assert choose("balanced_margin", pool, 4).tolist() == [4, 1, 3, 2]
