from __future__ import annotations

import numpy as np
import pytest

from ml_engine.config import STRATEGIES, ConfigError
from ml_engine.uncertainty import pseudo_annotate, score

SURE_TO_UNSURE = np.array(
    [[1.0, 0.0, 0.0], [0.9, 0.06, 0.04], [0.6, 0.3, 0.1], [0.4, 0.35, 0.25], [1 / 3] * 3],
    np.float32,
)


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s != "random"])
def test_the_less_sure_the_higher_the_score(strategy):
    scores = score(strategy, SURE_TO_UNSURE, seed=0)
    assert (np.diff(scores) > 0).all()
    assert scores[0] == pytest.approx(0, abs=1e-6)
    assert scores.dtype == np.float64


def test_entropy_and_margin_end_at_one_for_a_uniform_guess():
    assert score("entropy", SURE_TO_UNSURE, 0)[-1] == pytest.approx(1)
    assert score("margin", SURE_TO_UNSURE, 0)[-1] == pytest.approx(1)


def test_margin_looks_at_the_two_likeliest_classes_in_any_order():
    assert score("margin", np.array([[0.1, 0.2, 0.7]]), 0)[0] == pytest.approx(0.5)


def test_random_depends_on_the_seed_alone():
    first, second = (score("random", SURE_TO_UNSURE, seed) for seed in (1, 2))
    assert (first == score("random", SURE_TO_UNSURE[::-1], 1)).all()
    assert (first != second).all()


def test_it_names_the_strategies_there_are():
    with pytest.raises(ConfigError, match="entropy, margin"):
        score("guess", SURE_TO_UNSURE, 0)


def test_only_confident_predictions_become_annotations():
    indices, classes = pseudo_annotate(SURE_TO_UNSURE[::-1], 0.5)
    assert indices.tolist() == [2, 3, 4]
    assert classes.tolist() == [0, 0, 0]
