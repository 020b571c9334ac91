"""Entropy, margin and least confidence through their scores; BALD by how members disagree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_engine.choosing import choose
from ml_engine.choosing.uncertain import disagreement, highest
from ml_engine.config import ConfigError
from tests.ml_engine.choosing.pools import made_pool


def test_members_that_agree_leave_nothing_to_learn_however_unsure_they_are() -> None:
    unsure, sure = [0.5, 0.5], [1.0, 0.0]
    members = np.array([[unsure, sure, [1.0, 0.0]], [unsure, sure, [0.0, 1.0]]], np.float32)
    assert disagreement(members) == pytest.approx([0, 0, np.log(2)])


def test_disagreement_is_mutual_information() -> None:
    """Against Σ p(member, class) log(p(member, class) / p(member)p(class)), written out."""
    members = made_pool(3).members[:, :50].astype(np.float64)
    joint = members / len(members)
    apart = joint.sum(axis=-1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    expected = (joint * np.log(joint / apart)).sum(axis=(0, 2))
    assert disagreement(members.astype(np.float32)) == pytest.approx(expected, abs=1e-5)


def test_bald_passes_by_what_is_only_ambiguous() -> None:
    pool = made_pool(4)
    members = pool.members.copy()
    members[:, 0] = 1 / 6
    chosen = choose("bald", replace(pool, members=members), 100)
    assert 0 in choose("entropy", replace(pool, probabilities=members.mean(axis=0)), 100)
    assert 0 not in chosen


def test_bald_says_what_it_needs() -> None:
    with pytest.raises(ConfigError, match="members"):
        choose("bald", replace(made_pool(0), members=None), 3)


def test_of_equal_images_the_first_is_chosen() -> None:
    assert highest(np.array([0.1, 0.9, 0.5, 0.9]), 3).tolist() == [1, 3, 2]
