"""What holds for every strategy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_engine.choosing import CHOOSERS, Pool, choose
from ml_engine.config import BATCH_STRATEGIES, STRATEGIES, ConfigError
from tests.ml_engine.choosing.pools import made_pool

EVERY = pytest.mark.parametrize("strategy", CHOOSERS)


@EVERY
def test_it_chooses_as_many_different_images_as_asked_for(strategy: str) -> None:
    pool = made_pool(1)
    for count in (0, 1, 30):
        chosen = choose(strategy, pool, count)
        assert chosen.dtype == np.int64
        assert len(set(chosen.tolist())) == count
        assert ((chosen >= 0) & (chosen < len(pool))).all()


@EVERY
def test_it_chooses_the_same_for_the_same_seed(strategy: str) -> None:
    first, again = (choose(strategy, made_pool(2), 25) for _ in range(2))
    assert first.tolist() == again.tolist()


@EVERY
def test_it_chooses_the_whole_of_a_small_pool(strategy: str) -> None:
    pool = made_pool(3, size=9)
    assert sorted(choose(strategy, pool, 50)) == list(range(9))


@EVERY
def test_it_needs_nothing_annotated(strategy: str) -> None:
    pool = replace(
        made_pool(4),
        annotated_features=np.zeros((0, 0), np.float32),
        annotated_classes=np.zeros(0, np.int64),
    )
    assert len(set(choose(strategy, pool, 12).tolist())) == 12


@EVERY
def test_images_that_are_all_equal_can_be_chosen(strategy: str) -> None:
    pool = made_pool(5, size=40)
    equal = replace(
        pool,
        features=np.repeat(pool.features[:1], 40, axis=0),
        probabilities=np.repeat(pool.probabilities[:1], 40, axis=0),
        members=np.repeat(pool.members[:, :1], 40, axis=1),
    )
    assert len(set(choose(strategy, equal, 15).tolist())) == 15


@EVERY
def test_it_leaves_the_pool_as_it_was(strategy: str) -> None:
    pool, as_it_was = made_pool(6), made_pool(6)
    choose(strategy, pool, 20)
    assert (pool.features == as_it_was.features).all()
    assert (pool.probabilities == as_it_was.probabilities).all()
    assert (pool.annotated_features == as_it_was.annotated_features).all()


def test_what_loops_may_choose_is_there() -> None:
    assert {*STRATEGIES, *BATCH_STRATEGIES} == {*CHOOSERS} - {"bald"}


def test_it_names_the_strategies_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no strategy 'guess'; there are entropy.*badge"):
        choose("guess", made_pool(0), 3)
    with pytest.raises(ConfigError, match="count is -1"):
        choose("badge", made_pool(0), -1)


def test_a_pool_whose_rows_disagree_is_refused() -> None:
    pool = made_pool(0, size=10)
    with pytest.raises(ValueError, match="probabilities are 9, but features are 10"):
        Pool(pool.probabilities[:9], pool.features, 0)
