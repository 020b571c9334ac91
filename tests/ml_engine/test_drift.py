"""How far a pool has moved between two classifiers."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.drift import pool_drift, pool_view


def test_shares_moves_and_a_planted_change_of_entropy_are_found() -> None:
    draws = np.random.default_rng(0)
    before = np.arange(900) % 3
    now = np.where(np.arange(900) < 90, (before + 1) % 3, before)
    entropies = draws.uniform(0.2, 0.6, 900)
    fallen = entropies - 0.05 + draws.normal(0, 0.02, 900)
    drift = pool_drift((before, entropies), (now, fallen), classes=4)
    assert drift.moved == 90
    assert drift.images == 900
    assert drift.now.shares == pytest.approx((1 / 3, 1 / 3, 1 / 3, 0))
    assert drift.low < -0.05 < drift.high < 0
    assert drift.high - drift.low < 0.01


def test_an_empty_pool_has_no_view() -> None:
    with pytest.raises(ValueError, match="no image"):
        pool_view(np.array([], np.int64), np.array([]), classes=3)
