from __future__ import annotations

import pytest
import torch
from torch import nn

from ml_engine.config import ImageShape
from ml_engine.generators.parts.equalised import equalised, pixel_norm
from ml_engine.generators.parts.growing import DoublingConv, HalvingConv, doubled, halved
from ml_engine.generators.progan import ProGan
from tests.ml_engine.generators.conftest import tiny


def scale(layer):
    return (layer.weight / layer.parametrizations.weight.original).mean().item()


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [(nn.Conv2d(6, 4, 3), 54), (nn.Linear(10, 4), 10), (nn.Embedding(5, 8), 8)],
    ids=["convolution", "dense", "classes"],
)
def test_a_layer_is_scaled_by_its_gain_over_the_root_of_its_inputs(layer, fan_in):
    torch.manual_seed(0)
    assert scale(equalised(layer, gain=1.5)) == pytest.approx(1.5 / fan_in**0.5)


def test_what_is_learnt_begins_as_unit_normal_numbers_whatever_the_layer():
    torch.manual_seed(0)
    for layer in (equalised(nn.Linear(400, 30)), equalised(nn.Conv2d(30, 40, 3))):
        original = layer.parametrizations.weight.original
        assert original.std().item() == pytest.approx(1, abs=0.05)
        assert layer.bias.count_nonzero() == 0


def test_each_layer_of_progan_has_its_gain():
    gan = ProGan(ImageShape(16, 3), 3, tiny("progan", width=8), seed=1)
    generator, discriminator = gan.generator, gan.discriminator
    root = 2**0.5
    for layer, gain in [
        (generator.dense, root / 4),
        (generator.smallest, root),
        (generator.blocks[0].conv, root),
        (generator.blocks[0].doubling.conv, root),
        (generator.to_image[0], 1),
        (generator.to_image[-1], 1),
        (discriminator.from_image[0], root),
        (discriminator.blocks[0].halving.conv, root),
        (discriminator.smallest, root),
        (discriminator.dense, root),
        (discriminator.projection.unconditional, 1),
    ]:
        assert scale(layer) == pytest.approx(gain / layer.weight[0].numel() ** 0.5)


@pytest.mark.parametrize("inputs", [10, 1000])
def test_adam_moves_layers_of_every_size_by_the_same_share(inputs):
    torch.manual_seed(0)
    layer = equalised(nn.Linear(inputs, 20))
    before = layer.weight.detach().clone()
    optimizer = torch.optim.Adam(layer.parameters(), 1e-2)
    layer(torch.randn(1, inputs)).sum().backward()
    optimizer.step()
    share = (layer.weight - before).norm() / before.norm()
    assert share.item() == pytest.approx(1e-2, rel=0.1)


def test_pixel_norm_gives_every_pixel_unit_features():
    x = torch.randn(2, 5, 3, 3) * 7
    normed = pixel_norm(x)
    assert normed.square().mean(dim=1) == pytest.approx(torch.ones(2, 3, 3), abs=1e-5)
    a, b = x[1, :, 2, 0], normed[1, :, 2, 0]
    assert b == pytest.approx(a / (a.square().mean() + 1e-8).sqrt(), abs=1e-6)


def test_pixel_norm_stays_finite_where_all_features_are_nought():
    assert pixel_norm(torch.zeros(1, 4)).abs().max() == 0


@torch.no_grad()
def test_doubling_and_convolving_in_one_changes_nothing():
    conv, x = nn.Conv2d(3, 5, 3, padding=1), torch.randn(2, 3, 6, 6)
    assert DoublingConv(conv)(x) == pytest.approx(conv(doubled(x)), abs=1e-5)


@torch.no_grad()
def test_convolving_and_halving_in_one_changes_nothing():
    conv, x = nn.Conv2d(3, 5, 3, padding=1), torch.randn(2, 3, 6, 6)
    assert HalvingConv(conv)(x) == pytest.approx(halved(conv(x)), abs=1e-5)
