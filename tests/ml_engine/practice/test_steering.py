from __future__ import annotations

import pytest
import torch
from torch import nn

from ml_engine.practice.steering import FACTOR, LEAST_RATIO, Advantage, advantage


def test_what_lowers_the_held_out_loss_more_has_the_advantage_and_what_raises_it_has_not():
    draws = torch.Generator().manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(0.1 * torch.randn(weight.shape, generator=draws))
    images = torch.randn(64, 1, 2, 2, generator=draws)
    classes = (images.sum(dim=(1, 2, 3)) > 0).long()
    held_out, real, other = (
        (images[begin : begin + 16], classes[begin : begin + 16]) for begin in (0, 16, 32)
    )
    noise = torch.randint(0, 2, (16,), generator=draws)
    learns_nothing = [((real[0], noise.roll(turn)), other) for turn in range(4)]
    wrong = [(real, (other[0], 1 - other[1])), (other, (real[0], 1 - real[1]))]
    before = [weight.clone() for weight in network.parameters()]
    assert _of(network, held_out, learns_nothing) > 0.2
    assert _of(network, held_out, wrong) < -0.5
    assert abs(_of(network, held_out, [(real, real), (other, other)])) < 1e-9
    assert all(map(torch.equal, before, network.parameters()))
    assert all(weight.grad is None for weight in network.parameters())
    assert network.training


def _of(network, held_out, pairs) -> float:
    return advantage(network, held_out, iter(pairs), nn.functional.cross_entropy).value


@pytest.mark.parametrize(
    ("value", "ratio", "steered"),
    [
        (0.3, 1.0, FACTOR),
        (-0.3, 1.0, 1 / FACTOR),
        (0.05, 1.0, 1.0),
        (0.3, 2.9, 3.0),
        (-0.3, LEAST_RATIO, LEAST_RATIO),
        (-0.3, 0.01, 0.01),
    ],
)
def test_a_ratio_moves_where_the_advantage_is_sure_and_stays_within_its_bounds(
    value, ratio, steered
):
    assert Advantage(value, error=0.1).steered(ratio, most=3.0) == pytest.approx(steered)
