"""Shapes, names and the averages that networks keep."""

from __future__ import annotations

import pytest
import torch

from ml_engine.config import ConfigError, ImageShape
from ml_engine.generators.stylegan.bands import bands
from ml_engine.generators.stylegan.discriminator import DiscriminatorNetwork
from ml_engine.generators.stylegan.layers import modulation, spread
from ml_engine.generators.stylegan.networks import GeneratorNetwork
from tests.ml_engine.generators.stylegan.small import config_of, latents_of, network_of

CONFIGURATIONS = pytest.mark.parametrize("configuration", ["t", "r", "stylegan2"])
AVERAGES = ("magnitude_ema", "w_avg")


def averages(network):
    return {n: t.clone() for n, t in network.state_dict().items() if n.endswith(AVERAGES)}


@CONFIGURATIONS
@pytest.mark.parametrize(("size", "channels", "class_count"), [(16, 1, 3), (64, 3, 1)])
def test_it_draws_and_judges_images_of_any_power_of_two(configuration, size, channels, class_count):
    shape, config = ImageShape(size, channels), config_of(configuration, layers=4)
    generator = GeneratorNetwork(shape, class_count, config)
    z, y = latents_of(4, class_count)
    ws = generator.mapping(z, y)
    assert ws.shape == (4, generator.synthesis.num_ws, config.style_size)
    images = generator.synthesis(ws)
    assert images.shape == (4, channels, size, size)
    discriminator = DiscriminatorNetwork(shape, class_count, config)
    assert discriminator(images, y).shape == (4,)


@pytest.mark.parametrize("size", [8, 28, 48])
def test_other_sides_are_refused(size):
    for kind in (GeneratorNetwork, DiscriminatorNetwork):
        with pytest.raises(ConfigError, match=f"powers of two, from 16; .* size is {size}"):
            kind(ImageShape(size, 1), 1, config_of())


def test_layers_are_those_of_the_published_networks():
    plan = bands(1024, 14, 32, 512, 3)
    assert [f"L{i}_{one.side}_{one.channels}" for i, one in enumerate(plan)] == [
        "L0_36_512", "L1_36_512", "L2_52_512", "L3_52_512", "L4_84_512", "L5_148_512",
        "L6_148_512", "L7_276_323", "L8_276_203", "L9_532_128", "L10_1044_81", "L11_1044_51",
        "L12_1044_32", "L13_1024_32", "L14_1024_3",
    ]  # fmt: skip


def test_names_and_shapes_are_those_of_the_published_networks():
    state = network_of("t", 32, 3, layers=3).state_dict()
    layer = {name.removeprefix("synthesis.L0_36_32."): tuple(t.shape) for name, t in state.items()}
    assert layer["weight"] == (32, 32, 3, 3)
    assert layer["affine.weight"] == (32, 16)
    assert layer["up_filter"] == layer["down_filter"] == (12,)
    assert layer["magnitude_ema"] == ()
    others = {
        "mapping.embed.weight": (16, 3), "mapping.fc0.weight": (16, 24), "mapping.w_avg": (16,),
        "synthesis.input.freqs": (32, 2), "synthesis.input.affine.bias": (4,),
    }  # fmt: skip
    assert {name: tuple(state[name].shape) for name in others} == others
    turning = network_of("r", 32, layers=6).state_dict()
    assert turning["synthesis.L0_36_64.weight"].shape == (64, 64, 1, 1)
    assert turning["synthesis.L0_36_64.down_filter"].shape == (12, 12)
    assert turning["synthesis.L4_52_32.down_filter"].shape == (12,)
    skips = set(network_of("stylegan2", 16).state_dict())
    assert {
        "synthesis.b4.const", "synthesis.b4.torgb.affine.weight", "synthesis.b8.conv0.noise_const",
        "synthesis.b16.conv1.noise_strength", "synthesis.b16.resample_filter",
    } <= skips  # fmt: skip
    judge = DiscriminatorNetwork(ImageShape(32, 1), 3, config_of()).state_dict()
    assert {
        "b32.fromrgb.weight", "b32.conv0.bias", "b16.skip.weight", "b8.conv1.resample_filter",
        "b4.conv.weight", "b4.fc.weight", "b4.out.bias", "mapping.embed.bias", "mapping.fc7.weight",
    } <= set(judge)  # fmt: skip
    assert "b32.skip.bias" not in judge


@CONFIGURATIONS
def test_averages_follow_only_where_they_are_asked_to(configuration):
    network = network_of(configuration, 16, layers=3).train()
    z, y = latents_of(8)
    before = averages(network)
    network(z, y)
    network.synthesis(network.mapping(z, y))
    assert all(torch.equal(before[name], now) for name, now in averages(network).items())
    network.synthesis(network.mapping(z, y, follow=True), follow=True)
    assert all(not torch.equal(before[name], now) for name, now in averages(network).items())


def test_magnitudes_have_forgotten_half_after_twenty_thousand_images():
    network = network_of("t", 16, layers=3, batch_size=2000)
    first = network.synthesis.get_submodule(network.synthesis.layer_names[0])
    x = torch.full((4, first.weight.shape[1], 36, 36), 3.0)
    for _ in range(10):
        first(x, torch.zeros(4, 16), follow=True)
    assert first.magnitude_ema.item() == pytest.approx(1 + (9 - 1) / 2)


def test_a_fresh_input_neither_turns_nor_moves_whatever_the_style():
    network = network_of("t", 16, layers=3)
    images = network.synthesis.input(torch.randn(5, 16))
    torch.testing.assert_close(images, images[:1].expand_as(images))
    assert network.synthesis.input.freqs.norm(dim=1).max() <= 2


def test_truncation_pulls_styles_to_their_mean():
    network = network_of(layers=3, truncation=0.5)
    network.mapping.w_avg.normal_()
    z, y = latents_of(4)
    with torch.no_grad():
        whole, half, none = (network.mapping(z, y, share) for share in (1.0, 0.5, 0.0))
        torch.testing.assert_close(half, (whole + network.mapping.w_avg) / 2)
        torch.testing.assert_close(none, network.mapping.w_avg.expand_as(none))
        torch.testing.assert_close(network(z, y), network.synthesis(half))
        torch.testing.assert_close(network.train()(z, y), network.synthesis(whole))


def test_a_demodulated_convolution_leaves_unit_variance_whatever_the_style():
    weight, styles = 5 * torch.randn(8, 16, 3, 3), torch.randn(4, 16) + 2
    w, scales_in, scales_out = modulation(weight, styles)
    x = torch.randn(4, 16, 64, 64)
    y = torch.nn.functional.conv2d(x * spread(scales_in), w) * spread(scales_out)
    assert y.var(dim=(2, 3)) == pytest.approx(torch.ones(4, 8), abs=0.1)
    # For each image, it is the convolution with weights s_i w_ijk over their norm.
    own = weight * styles[1][:, None, None]
    own = own / own.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
    alone = torch.nn.functional.conv2d(x[1:2], own)
    torch.testing.assert_close(y[1:2], alone, rtol=1e-3, atol=1e-4)


@CONFIGURATIONS
def test_half_precision_changes_images_by_its_rounding_alone(configuration):
    network = network_of(configuration, 32, 3, layers=6)
    z, y = latents_of(4, 3)
    with torch.no_grad():
        images = network(z, y)
        with torch.autocast("cpu", torch.bfloat16):
            rounded_ws, rounded = network.mapping(z, y), network(z, y)
    assert torch.equal(rounded_ws, network.mapping(z, y))
    assert rounded.dtype == torch.float32
    # Each of its convolutions rounds to 8 bits.
    error = (rounded - images).square().mean().sqrt() / images.std()
    assert 0 < error < 0.02


def test_noise_is_random_in_training_alone():
    network = network_of("stylegan2", 16)
    for name, parameter in network.named_parameters():
        if name.endswith("noise_strength"):
            torch.nn.init.ones_(parameter)
    z, y = latents_of(2)
    assert torch.equal(network(z, y), network(z, y))
    network.train()
    assert not torch.equal(network(z, y), network(z, y))


def test_the_first_layers_from_the_image_are_frozen():
    judge = DiscriminatorNetwork(ImageShape(32, 1), 2, config_of())
    judge.freeze(6)
    frozen = {name for name, one in judge.named_parameters() if not one.requires_grad}
    assert frozen == {
        "b32.fromrgb.weight", "b32.fromrgb.bias", "b32.conv0.weight", "b32.conv0.bias",
        "b32.conv1.weight", "b32.conv1.bias", "b32.skip.weight", "b16.conv0.weight",
        "b16.conv0.bias", "b16.conv1.weight", "b16.conv1.bias",
    }  # fmt: skip
    judge.freeze(64)
    still = {name.split(".")[0] for name, one in judge.named_parameters() if one.requires_grad}
    assert still == {"b4", "mapping"}
