"""The simulated worlds are as they say."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.studies.trials import trial
from ml_engine.studies.worlds import RECALLS, World, Worth


def test_accuracies_gains_and_noise_are_what_was_asked_for():
    world = World({1.0: Worth(0.015, {6: -0.1})}, seeds=200, select=500, test=500)
    worlds = [world.draw(np.random.default_rng(number)).answers for number in range(40)]
    mean = {ratio: np.mean([each[ratio].mean() for each in worlds]) for ratio in (0.0, 1.0)}
    assert mean[0.0] == pytest.approx(np.mean(RECALLS), abs=0.006)
    assert mean[1.0] - mean[0.0] == pytest.approx(0.015, abs=0.004)
    of_class = world.targets == 6
    fall = [each[1.0][:, of_class].mean() - each[0.0][:, of_class].mean() for each in worlds]
    assert np.mean(fall) == pytest.approx(-0.1, abs=0.012)
    # Between models of one ratio lies luck, and what chance there is in 1,000 images.
    spread = np.mean([each[0.0].mean(axis=1).std() for each in worlds])
    assert spread == pytest.approx((0.01**2 + 0.09 / 1000) ** 0.5, rel=0.1)


def test_a_trial_in_stages_trains_fewer_models_and_sees_test_only_with_a_candidate():
    world = World({0.5: Worth(-0.1), 1.0: Worth(0.05)}, seeds=5)
    won = trial(world.draw(np.random.default_rng(0)), (3, 5), seed=0, most_drop=0.02)
    assert (won.candidate, won.trained, won.accepted) == (1.0, 13, True)
    lost = World({0.5: Worth(-0.1)}, seeds=5).draw(np.random.default_rng(0))
    assert trial(lost, (3, 5), seed=0, most_drop=0.02).confirmation is None
