from __future__ import annotations

import numpy as np
import pytest

from ml_engine.measures.collapse import diversity


@pytest.fixture
def real():
    """Three well-parted classes of 60 points in 8 dimensions."""
    draws = np.random.default_rng(1)
    classes = np.arange(180) % 3
    return draws.normal(size=(180, 8)) + 10 * np.eye(8)[classes], classes


def draw_like(real, seed):
    draws = np.random.default_rng(seed)
    features, classes = real
    return draws.normal(size=features.shape) + 10 * np.eye(8)[classes], classes


def test_a_sample_of_the_same_distribution_raises_no_alarm(real):
    fake, classes = draw_like(real, 2)
    report = diversity(real[0], fake, real_classes=real[1], fake_classes=classes, seed=0)
    assert not report.collapsed
    assert report.reason == ""
    assert report.coverage > 0.9
    assert report.coverage_low <= report.coverage <= report.coverage_high
    assert report.density == pytest.approx(1, abs=0.2)
    assert all(figures.spread == pytest.approx(1, abs=0.1) for figures in report.classes.values())


def test_one_picture_per_class_raises_the_alarm(real):
    fake, classes = draw_like(real, 2)
    first = {c: fake[classes == c][0] for c in range(3)}
    copies = np.stack([first[c] for c in classes])
    report = diversity(real[0], copies, real_classes=real[1], fake_classes=classes, seed=0)
    assert report.collapsed
    assert report.collapsed_classes == (0, 1, 2)
    assert "3 of 3 classes collapsed" in report.reason


def test_it_names_the_one_class_that_collapsed(real):
    fake, classes = draw_like(real, 2)
    fake[classes == 1] = fake[classes == 1][0] + 1e-3 * fake[classes == 1]
    report = diversity(
        real[0], fake, real_classes=real[1], fake_classes=classes, seed=0,
        class_names=["boot", "coat", "shirt"],
    )  # fmt: skip
    assert report.collapsed_classes == (1,)
    assert "in class coat" in report.reason


def test_more_images_on_one_side_do_not_change_the_scale(real):
    fake, classes = draw_like(real, 2)
    few = np.arange(45)
    report = diversity(real[0], fake[few], real_classes=real[1], fake_classes=classes[few], seed=0)
    assert report.coverage > 0.85


def test_classes_too_small_to_measure_have_no_figures(real):
    fake, classes = draw_like(real, 2)
    few = np.flatnonzero((classes != 2) | (np.arange(180) < 9))
    report = diversity(real[0], fake[few], real_classes=real[1], fake_classes=classes[few], seed=0)
    assert report.classes[2].coverage is None
    assert not report.collapsed


def test_nothing_in_common_cannot_be_compared(real):
    with pytest.raises(ValueError, match="share no class"):
        diversity(real[0], real[0], real_classes=real[1], fake_classes=real[1] + 3, seed=0)
