"""The same choices as scikit-activeml 1.0.1, on the same inputs.

Theirs are stored; `python -m tests.ml_engine.choosing.peer` made them.
"""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.choosing import choose
from ml_engine.choosing.badge import Gradients
from ml_engine.choosing.prob_cover import cover, pure_radius
from ml_engine.choosing.seeding import k_means_plus_plus
from ml_engine.choosing.typi_clust import typical
from tests.ml_engine.choosing.peer import (
    COUNT,
    COVER_COUNT,
    COVER_RADIUS,
    SEED,
    TYPI_CLUST_CLUSTERS,
    TYPI_CLUST_NEIGHBOURS,
    clusters_of,
    few_annotated,
    parity_pool,
)
from tests.ml_engine.choosing.pools import CLASSES

THEIRS = {
    "entropy": [38, 344, 281, 139, 110, 73, 68, 138],
    "margin": [421, 301, 281, 139, 497, 243, 266, 444],
    "least_confidence": [281, 139, 110, 441, 444, 421, 4, 497],
    "bald": [440, 484, 514, 304, 73, 165, 39, 224],
    "badge": [281, 492, 51, 290, 505, 509, 407, 66],
    "core_set": [565, 438, 429, 4, 317, 262, 170, 378],
    "typi_clust": [40, 376, 94, 45, 347, 540, 508, 110],
    "prob_cover": [332, 478, 80, 558, 272, 393, 13, 414],
}
THEIR_RADIUS = 0.77
"""The largest pure one on a grid of 0.01."""


@pytest.mark.parametrize("strategy", ["entropy", "margin", "least_confidence", "bald", "core_set"])
def test_the_choice_is_the_same(strategy: str) -> None:
    assert choose(strategy, parity_pool(), COUNT).tolist() == THEIRS[strategy]


def test_badge_is_the_same_for_the_same_draws_where_the_origin_is_a_centre_too() -> None:
    """As scikit-activeml has it; the paper and ours measure from what was chosen alone."""
    pool = parity_pool()
    gradients = Gradients.of(pool.probabilities, pool.features)
    seed = np.random.RandomState(SEED).randint(1, 2**31) * (len(pool) + 1) % 2**31
    chosen = k_means_plus_plus(
        lambda index: np.minimum(gradients.squared_from(index), gradients.lengths),
        gradients.longest(),
        np.random.RandomState(seed).random_sample(COUNT - 1),
    )
    assert chosen.tolist() == THEIRS["badge"]


def test_typi_clust_is_the_same_in_the_same_clusters() -> None:
    """But for its one cluster of fewer than five, which the paper's authors leave to the last."""
    pool = few_annotated()
    clusters = clusters_of(pool, TYPI_CLUST_CLUSTERS)
    chosen = typical(
        pool.features,
        clusters[pool.known :],
        clusters[: pool.known],
        COUNT,
        neighbours=TYPI_CLUST_NEIGHBOURS,
    )
    assert chosen.tolist() == THEIRS["typi_clust"]


def test_prob_cover_is_the_same_at_the_same_radius() -> None:
    pool = parity_pool()
    chosen = cover(pool.features, pool.annotated_features, COVER_RADIUS, COVER_COUNT)
    assert chosen.tolist() == THEIRS["prob_cover"]


def test_the_radius_lies_within_a_step_of_their_grid() -> None:
    pool = parity_pool()
    features = pool.all_features()
    radius = pure_radius(features, clusters_of(pool, CLASSES), np.arange(len(features)))
    assert THEIR_RADIUS <= radius < THEIR_RADIUS + 0.01
