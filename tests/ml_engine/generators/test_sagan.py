from __future__ import annotations

import pytest
import torch
from torch import nn

from ml_engine.config import ImageShape, generator_config
from ml_engine.config.generators import SaganConfig
from ml_engine.generators.parts.attention import SelfAttention, attended_maps
from ml_engine.generators.parts.pyramid import pyramid
from ml_engine.generators.parts.spectral import SpectralNorm
from ml_engine.generators.sagan import DiscriminatorNetwork, GeneratorNetwork, Sagan
from tests.ml_engine.generators.conftest import tiny


def attention(features=16):
    torch.manual_seed(0)
    return SelfAttention(features), torch.randn(2, features, 6, 6)


def test_attention_begins_as_nothing():
    layer, x = attention()
    assert torch.equal(layer(x), x)


def test_attention_has_an_eighth_and_a_half_of_the_maps():
    layer, _ = attention(32)
    shapes = [tuple(one.weight.shape) for one in (layer.theta, layer.phi, layer.g, layer.o)]
    assert shapes == [(4, 32, 1, 1), (4, 32, 1, 1), (16, 32, 1, 1), (32, 16, 1, 1)]


def test_attention_is_the_formula_of_the_paper_position_by_position():
    layer, x = attention()
    nn.init.constant_(layer.gamma, 0.5)
    image = 1
    theta = layer.theta(x)[image].flatten(1)
    phi = nn.MaxPool2d(2)(layer.phi(x))[image].flatten(1)
    g = nn.MaxPool2d(2)(layer.g(x))[image].flatten(1)
    o = layer.o.weight[:, :, 0, 0]
    wanted = torch.empty(16, 36)
    for i in range(36):
        beta = torch.softmax(torch.stack([theta[:, i] @ phi[:, j] for j in range(9)]), dim=0)
        wanted[:, i] = o @ (g * beta).sum(dim=1)
    wanted = 0.5 * wanted.view(16, 6, 6) + x[image]
    assert torch.allclose(layer(x)[image], wanted, atol=1e-5)


def test_one_corner_may_depend_on_the_other():
    layer, x = attention()
    nn.init.constant_(layer.gamma, 1.0)
    x.requires_grad_(True)
    layer(x)[0, :, 0, 0].sum().backward()
    assert x.grad is not None
    assert x.grad[0, :, -2:, -2:].abs().max() > 0


@pytest.mark.parametrize(("size", "side"), [(16, 8), (28, 14), (64, 32), (128, 32), (132, 33)])
def test_the_largest_maps_below_the_image_that_are_not_too_large_are_attended_to(size, side):
    maps = pyramid(ImageShape(size, 1), 4, SaganConfig)
    assert maps.side << attended_maps(maps) == side


@pytest.mark.parametrize("size", [16, 64, 128])
def test_both_networks_attend_to_maps_of_the_same_side(size):
    seen = []
    config = tiny("sagan")
    networks = (
        GeneratorNetwork(ImageShape(size, 1), 2, config),
        DiscriminatorNetwork(ImageShape(size, 1), 2, config),
    )
    for network in networks:
        network.attention.register_forward_pre_hook(lambda _, x: seen.append(x[0].shape[-1]))
    y = torch.zeros(2, dtype=torch.long)
    images = networks[0](torch.randn(2, config.latent_size), y)
    assert images.shape == (2, 1, size, size)
    assert networks[1](images, y).shape == (2,)
    assert seen == [min(size // 2, 32)] * 2


def test_every_layer_of_both_networks_has_its_slope_bounded():
    gan = Sagan(ImageShape(16, 1), 3, tiny("sagan"), seed=1)
    for network in (gan.generator, gan.discriminator, gan.average):
        bounded = [module for module in network.modules() if isinstance(module, SpectralNorm)]
        layers = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        assert len(layers) <= len(bounded)
        for layer in layers:
            largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
            assert largest.item() == pytest.approx(1, abs=0.1)


def test_without_the_bound_weights_are_as_they_are():
    gan = Sagan(ImageShape(16, 1), 3, tiny("sagan", spectral_norm=False), seed=1)
    for network in (gan.generator, gan.discriminator):
        assert not any(isinstance(module, SpectralNorm) for module in network.modules())


def test_it_learns_at_two_rates_by_the_hinge_loss():
    config = generator_config("sagan")
    assert isinstance(config, SaganConfig)
    assert (config.learning_rate, config.discriminator_learning_rate) == (1e-4, 4e-4)
    assert (config.beta1, config.beta2, config.loss) == (0.0, 0.9, "hinge")
