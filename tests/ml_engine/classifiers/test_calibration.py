from __future__ import annotations

import numpy as np
import pytest

from ml_engine.classifiers.calibration import fit_temperature
from ml_engine.significance import expected_calibration_error


def softmax(logits):
    exp = np.exp(logits - logits.max(1, keepdims=True))
    return exp / exp.sum(1, keepdims=True)


def test_it_finds_the_temperature_that_made_a_model_overconfident():
    draws = np.random.default_rng(0)
    honest = draws.normal(0, 2, (4000, 5))
    targets = np.array([draws.choice(5, p=p) for p in softmax(honest)])
    overconfident = honest * 3
    temperature = fit_temperature(overconfident, targets)
    assert temperature == pytest.approx(3, rel=0.1)
    before = expected_calibration_error(targets, softmax(overconfident))
    after = expected_calibration_error(targets, softmax(overconfident / temperature))
    assert after < before / 4


def test_without_images_it_changes_nothing():
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, np.int64)) == 1
