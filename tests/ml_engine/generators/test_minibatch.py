"""Statistics across a batch, by their formulas."""

from __future__ import annotations

import pytest
import torch

from ml_engine.config.generators.adversarial import MINIBATCH_LAYERS
from ml_engine.generators.parts.minibatch import (
    DIMENSIONS,
    KERNELS,
    MinibatchDiscrimination,
    MinibatchStandardDeviation,
    minibatch_layer,
)


def test_the_deviation_tells_copies_from_variety_group_by_group():
    varied, copies = torch.randn(4, 2, 3, 3), torch.randn(1, 2, 3, 3).repeat(4, 1, 1, 1)
    statistic = MinibatchStandardDeviation(4)(torch.cat([varied, copies]))[:, 2]
    expected = varied.std(dim=0, unbiased=False).mean()
    assert statistic[:4] == pytest.approx(expected.expand(4, 3, 3), abs=1e-3)
    assert statistic[4:].max() < 1e-3


def test_groups_of_neighbours_are_the_strided_groups_of_the_paper_in_another_order():
    x = torch.randn(12, 2, 3, 3)
    # Karras et al. 2018: reshape to (G, N / G, …), so members lie N / G apart.
    grouped = x.reshape(4, 3, 2, 3, 3)
    deviation = (grouped - grouped.mean(0)).square().mean(0).add(1e-8).sqrt().mean(dim=(1, 2, 3))
    strided = deviation.repeat(4)
    order = torch.arange(12).view(4, 3).T.flatten()
    ours = MinibatchStandardDeviation(4).statistics(x[order])[:, 0]
    torch.testing.assert_close(ours, strided[order])


def test_reals_followed_by_fakes_get_what_each_gets_alone():
    layer, real, fake = MinibatchStandardDeviation(), torch.randn(8, 5), torch.randn(4, 5) * 3
    together = layer(torch.cat([real, fake]))
    torch.testing.assert_close(together, torch.cat([layer(real), layer(fake)]))


def test_a_batch_that_does_not_divide_is_one_group():
    x = torch.randn(6, 5)
    expected = x.var(dim=0, unbiased=False).add(1e-8).sqrt().mean()
    assert MinibatchStandardDeviation(4).statistics(x) == pytest.approx(expected.expand(6, 1))


def test_discrimination_is_the_mean_closeness_to_the_others():
    layer = MinibatchDiscrimination(5)
    x = torch.randn(7, 5)
    m = (x @ layer.compared.weight.T).view(7, KERNELS, DIMENSIONS)
    expected = torch.zeros(7, KERNELS)
    for i in range(7):
        for j in {*range(7)} - {i}:
            expected[i] += torch.exp(-(m[i] - m[j]).abs().sum(dim=1)) / 6
    torch.testing.assert_close(layer.statistics(x), expected)


def test_discrimination_is_highest_for_copies_and_falls_with_variety():
    layer = MinibatchDiscrimination(5)
    assert layer.statistics(torch.randn(1, 5).repeat(6, 1)).min().item() == pytest.approx(1)
    spread = [layer.statistics(torch.randn(32, 5) * by).mean().item() for by in (0.1, 1, 10)]
    assert spread == sorted(spread, reverse=True)


def test_discrimination_means_the_same_in_a_batch_of_any_size():
    layer, x = MinibatchDiscrimination(5), torch.randn(6, 5)
    twice = layer.statistics(x.repeat(50, 1))[:6]
    expected = (layer.statistics(x) * 5 + 1) / 6
    torch.testing.assert_close(twice, expected, atol=0.01, rtol=0.01)


@pytest.mark.parametrize("name", MINIBATCH_LAYERS)
@pytest.mark.parametrize("shape", [(8, 6), (8, 6, 3, 3), (1, 6)])
def test_every_layer_appends_as_much_as_it_says_and_can_be_penalised(name, shape):
    layer = minibatch_layer(name, 6)
    x = torch.randn(shape, requires_grad=True)
    out = layer(x)
    assert out.shape == (shape[0], 6 + layer.extra, *shape[2:])
    torch.testing.assert_close(out[:, :6], x)
    (slopes,) = torch.autograd.grad(out.square().sum(), x, create_graph=True)
    slopes.square().sum().backward()
    assert torch.isfinite(x.grad).all()


def test_discrimination_computes_in_float32_within_mixed_precision():
    layer, x = MinibatchDiscrimination(5), torch.randn(8, 5, 2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer(x), layer(x.clone()))
        within = layer.statistics(x)
    assert torch.equal(within, layer.statistics(x))
