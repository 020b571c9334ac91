"""Learning rates that fall at the end of a training."""

from __future__ import annotations

import pytest
import torch

from ml_engine.config import generator_config
from ml_engine.generators.parts.cooldown import LearningRates


def rates(cooldown, steps=10):
    config = generator_config("vae", steps=steps, cooldown=cooldown)
    weights = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    groups = [{"params": [weights[0]], "lr": 1.0}, {"params": [weights[1]], "lr": 10.0}]
    optimizer = torch.optim.Adam(groups)
    learning_rates = LearningRates(config, optimizer)
    for number in range(steps):
        learning_rates.set(number)
        yield [group["lr"] for group in optimizer.param_groups]


def test_the_rates_of_all_groups_fall_in_a_straight_line_over_the_last_share_of_the_steps():
    first, second = zip(*rates(cooldown=0.5), strict=True)
    assert first == pytest.approx([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])
    assert second == pytest.approx([10 * rate for rate in first])


def test_without_a_cooldown_the_rates_stay():
    assert list(rates(cooldown=0.0)) == [[1.0, 10.0]] * 10
