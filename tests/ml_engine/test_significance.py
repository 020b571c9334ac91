from __future__ import annotations

import numpy as np
import pytest

from ml_engine.significance import (
    accuracy_interval,
    calibration_error_interval,
    expected_calibration_error,
    macro_f1,
    paired_bootstrap,
    per_class_recall,
)


def arm(draws, gain=0.0, *, seeds=10, images=800, easiness=None):
    """Right and wrong answers: images differ in difficulty, seeds by about a point."""
    chance = easiness + gain + draws.normal(0, 0.01, (seeds, 1))
    return draws.random((seeds, images)) < chance.clip(0, 1)


@pytest.mark.parametrize("seeds", [3, 10])
def test_without_a_difference_it_rarely_finds_one(seeds):
    draws = np.random.default_rng(seeds)
    found = 0
    for trial in range(150):
        easiness = draws.beta(4, 1, 800)
        control = arm(draws, seeds=seeds, easiness=easiness)
        treatment = arm(draws, seeds=seeds, easiness=easiness)
        found += paired_bootstrap(control, treatment, trial, resamples=400).low > 0
    assert found <= 0.06 * 150


def test_it_finds_a_real_gain_of_two_and_a_half_points():
    draws = np.random.default_rng(1)
    found = 0
    for trial in range(20):
        easiness = draws.beta(4, 1, 2000)
        control = arm(draws, images=2000, easiness=easiness)
        treatment = arm(draws, gain=0.025, images=2000, easiness=easiness)
        result = paired_bootstrap(control, treatment, trial, resamples=400)
        found += result.low > 0
        assert result.low < result.gain < result.high
    assert found >= 18


def test_identical_arms_have_no_gain_at_all():
    correct = np.random.default_rng(0).random((3, 50)) < 0.8
    result = paired_bootstrap(correct, correct, seed=0)
    assert (result.gain, result.low, result.high, result.probability) == (0, 0, 0, 0)


def test_the_interval_holds_the_mean_and_narrows_with_images():
    draws = np.random.default_rng(0)
    widths = []
    for images in (100, 10_000):
        mean, low, high = accuracy_interval(draws.random((5, images)) < 0.8, seed=0)
        assert low < mean < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 5


def test_one_seed_is_enough_for_an_interval_over_images():
    correct = np.random.default_rng(0).random(1000) < 0.8
    _, low, high = accuracy_interval(correct, seed=0)
    assert high - low == pytest.approx(4 * (0.8 * 0.2 / 1000) ** 0.5, rel=0.1)


def test_the_same_seed_gives_the_same_figures():
    draws = np.random.default_rng(0)
    a, b = draws.random((2, 3, 100)) < 0.7
    assert paired_bootstrap(a, b, seed=4) == paired_bootstrap(a, b, seed=4)


def test_arms_must_be_of_one_shape():
    with pytest.raises(ValueError, match="must match"):
        paired_bootstrap(np.ones((2, 3), bool), np.ones((3, 3), bool), seed=0)


def test_figures_by_class():
    targets, predictions = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    recall = per_class_recall(targets, predictions, 3)
    assert recall[:2].tolist() == [0.5, 1.0]
    assert np.isnan(recall[2])
    assert macro_f1(targets, predictions, 3) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    probabilities = np.tile([0.9, 0.1], (10, 1))
    targets = np.array([0] * 7 + [1] * 3)
    assert expected_calibration_error(targets, probabilities) == pytest.approx(0.2)


def test_the_interval_of_the_calibration_error_holds_what_it_is_95_times_of_100():
    draws = np.random.default_rng(0)
    held = 0
    for number in range(100):
        confidence = draws.choice([0.7, 0.9], 400)
        right = draws.random(400) < confidence - 0.15
        probabilities = np.stack([confidence, 1 - confidence], axis=1)
        targets = np.where(right, 0, 1)
        _, low, high = calibration_error_interval(targets, probabilities, number, resamples=100)
        held += low <= 0.15 <= high
    assert held >= 88
