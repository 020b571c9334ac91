from __future__ import annotations

import pytest
import torch
from torch import nn

from ml_engine.generators.parts.averaging import set_standing_statistics, update_average
from ml_engine.generators.parts.penalties import r1


def test_r1_is_the_squared_gradient_of_a_linear_critic():
    w = torch.randn(1, 4, 4)
    penalty = r1(lambda x: (x * w).sum(dim=(1, 2, 3)), torch.randn(6, 1, 4, 4))
    assert penalty.item() == pytest.approx(w.square().sum().item(), rel=1e-5)


def test_the_average_moves_a_little_towards_the_current_weights():
    average, current = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
    nn.init.constant_(current.weight, 3.0)
    current.running_mean.fill_(10.0)
    update_average(average, current, decay=0.9)
    assert average.weight.item() == pytest.approx(1.2)
    assert average.running_mean.item() == pytest.approx(1.0)


def test_standing_statistics_are_those_of_all_batches():
    batches = torch.randn(5, 16, 2, 3, 3) * 3 + 1
    norm = nn.BatchNorm2d(2)
    set_standing_statistics(norm, 5, lambda i: norm(batches[i]))
    assert norm.running_mean == pytest.approx(batches.mean(dim=(0, 1, 3, 4)), abs=1e-5)
    assert not norm.training
    assert norm.momentum == 0.1
