"""How the networks are trained, beside what `AdversarialTrainer` already does for others."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from ml_engine.config import ConfigError, ImageShape, StopRequestedError
from ml_engine.config.generators import StyleGanConfig
from ml_engine.devices import repeatable
from ml_engine.generators.parts.averaging import ramped
from ml_engine.generators.parts.penalties import r1
from ml_engine.generators.parts.real_batches import RealBatches
from ml_engine.generators.several import train_together
from ml_engine.generators.stylegan.bands import bands
from ml_engine.generators.stylegan.generator import StyleGan
from ml_engine.generators.stylegan.view import BlurringView, blurred
from ml_engine.generators.training import load_generator, train_generator
from ml_engine.randomness import layer_randomness, normal
from tests.ml_engine.conftest import Heard, StopAfter, ignore, never
from tests.ml_engine.generators.conftest import tiny
from tests.ml_engine.generators.stylegan.small import config_of
from tests.ml_engine.generators.test_several import alone, assert_alike, curves, order_of

SKIPS = {
    "configuration": "stylegan2", "style_mixing": 0.9, "path_length": 2.0, "path_length_every": 2,
}  # fmt: skip


@pytest.fixture
def make_stylegan(make_pack, make_trainer):
    def make(*, trained_before=False, **settings):
        return make_trainer(
            StyleGan, tiny("stylegan3", **settings), make_pack(), trained_before=trained_before
        )

    return make


def train(data, folder, *, warm_start=None, should_stop=never, on_event=ignore, **settings):
    pack, targets = data
    return train_generator(
        pack, np.arange(len(pack)), targets, 3, pack.shape, tiny("stylegan3", **settings), 3,
        folder, warm_start=warm_start, on_event=on_event, should_stop=should_stop,
    )  # fmt: skip


def test_lazily_regularised_networks_learn_so_much_less_a_step(make_stylegan):
    settings = {"r1_every": 16, "beta2": 0.99, "steps": 10, "cooldown": 0.0}
    trainer, gan = make_stylegan(**settings, **SKIPS)
    trainer.step(1)
    groups = [one.param_groups[0] for one in (trainer._optimizer_d, trainer._optimizer_g)]
    rates = gan.config.discriminator_learning_rate, gan.config.learning_rate
    for group, rate, share in zip(groups, rates, (16 / 17, 2 / 3), strict=True):
        assert group["lr"] == pytest.approx(rate * share)
        assert group["betas"] == (0.0, pytest.approx(0.99**share))
    trainer, gan = make_stylegan(**settings, r1_gamma=0.0)
    trainer.step(1)
    for optimizer, rate in zip((trainer._optimizer_d, trainer._optimizer_g), rates, strict=True):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(rate)


def test_r1_is_half_gamma_times_the_steps_between(make_pack, make_trainer):
    data = make_pack()
    trainer, gan = make_trainer(
        StyleGan,
        tiny("stylegan3", batch_size=16, r1_gamma=3.0, r1_every=16,
             discriminator_learning_rate=1e-12, augmentation="none"),
        data,
    )  # fmt: skip
    before = deepcopy(gan.discriminator)
    trainer.step(0)
    images = trainer._real_batches._images
    real, y = RealBatches(images, 16, 1, gan.device, mirrored=False).take(0)
    (r1(lambda x: before(x, y[:8]), real[:8]) * 3.0 / 2 * 16).backward()
    expected = before.b16.conv0.weight.grad
    assert expected.abs().max() > 0
    torch.testing.assert_close(gan.discriminator.b16.conv0.weight.grad, expected, rtol=1e-3, atol=0)


def test_averages_follow_once_a_step_and_not_what_teaches_the_generator(make_stylegan):
    trainer, gan = make_stylegan(discriminator_steps=2, batch_size=8)
    followed = []
    mapping = gan.generator.mapping
    mapping.register_forward_hook(
        lambda layer, inputs, result: followed.append(layer.w_avg.clone())
    )
    trainer.step(0)
    # Twice for the discriminator, then once for the generator.
    assert len(followed) == 3
    assert not torch.equal(followed[0], followed[1])
    assert torch.equal(followed[1], followed[2])


@pytest.mark.parametrize("configuration", ["t", "r", "stylegan2"])
def test_every_configuration_resumes_exactly(make_pack, tmp_path, configuration):
    data = make_pack()
    settings = {"steps": 6, "configuration": configuration, "augmentation": "adaptive"}
    settings |= SKIPS if configuration == "stylegan2" else {"blur": 10.0 * (configuration == "r")}
    straight = train(data, tmp_path / "straight", **settings)
    with pytest.raises(StopRequestedError):
        train(data, tmp_path / "stopped", should_stop=StopAfter(3), **settings)
    assert train(data, tmp_path / "stopped", **settings).sha256 == straight.sha256


def test_paths_have_the_length_that_small_steps_measure(make_stylegan):
    trainer, gan = make_stylegan(**SKIPS | {"style_mixing": 0.0, "learning_rate": 1e-12})
    network = deepcopy(gan.generator)
    values = [trainer.step(number) for number in range(3)]
    _, y = trainer._real_batches.take(0)
    z = normal((4, gan.latent_size), 1, "path latents", 0)
    noise = normal((4, 1, 16, 16), 1, "path noise", 0) / 16
    slopes = torch.zeros(4, network.mapping.num_ws, gan.config.style_size)
    with torch.no_grad():
        ws = network.mapping(z, y[:4]).clone()
        for at in np.ndindex(*slopes.shape[1:]):
            step = torch.zeros_like(ws)
            step[(slice(None), *at)] = 1e-2
            difference = network.synthesis(ws + step) - network.synthesis(ws - step)
            slopes[(slice(None), *at)] = (difference * noise).sum(dim=(1, 2, 3)) / 2e-2
    lengths = slopes.square().sum(dim=2).mean(dim=1).sqrt()
    # The mean that is remembered begins at 0, and moves by a hundredth.
    remembered = lengths.mean().item() / 100
    assert values[0]["path_length"].item() == pytest.approx(remembered, rel=0.02)
    penalty = (lengths - remembered).square().mean().item()
    assert values[0]["path_penalty"].item() == pytest.approx(penalty, rel=0.04)
    # Every second step only.
    assert values[1]["path_length"] == values[0]["path_length"] < values[2]["path_length"]


def test_styles_are_mixed_from_a_layer_on(make_stylegan):
    trainer, gan = make_stylegan(**SKIPS | {"style_mixing": 1.0})
    z, y = torch.randn(4, gan.latent_size), torch.zeros(4, dtype=torch.int64)
    ws = gan.generator.mapping(z, y)
    for number in range(5):
        mixed = trainer._mixed(ws, y, "latents", number)
        kept = (mixed == ws).all(dim=2).all(dim=0).tolist()
        layer = kept.index(False)
        assert layer >= 1
        assert not any(kept[layer:])
        assert torch.equal(mixed, trainer._mixed(ws, y, "latents", number))


def test_what_is_seen_is_blurred_at_first():
    config = config_of("r", blur=3.0, steps=1000, augmentation="none")
    view = BlurringView(config, 1, blurs=True)
    point = torch.zeros(1, 1, 33, 33)
    point[..., 16, 16] = 1
    peaks = [view(point, "fakes", batch).max().item() for batch in (0, 25, 45, 50, 900)]
    assert peaks == sorted(peaks)
    assert peaks[0] < 0.05
    assert peaks[-2:] == [1, 1]
    # 2^-(k/σ)²: half as much at a distance of σ.
    seen = blurred(point, 3.0)[0, 0]
    assert seen[16, 19] == pytest.approx(seen[16, 16].item() / 2)
    assert seen.sum() == pytest.approx(1, abs=1e-3)
    again = BlurringView(config, 1, blurs=False)
    assert again(point, "fakes", 0) is point


def test_a_generator_that_is_trained_on_keeps_its_frozen_layers(make_pack, tmp_path):
    data = make_pack()
    first = train(data, tmp_path / "first")
    before = load_generator(first.folder).state()
    again = train(data, tmp_path / "again", warm_start=first.folder, frozen_layers=4, steps=4)
    after = load_generator(again.folder).state()
    still = {
        name.removeprefix("discriminator.").rsplit(".", 1)[0]
        for name, tensor in before.items()
        if name.startswith("discriminator.")
        and torch.equal(tensor, after[name])
        and not name.endswith("_filter")
    }
    assert still == {f"b16.{layer}" for layer in ("fromrgb", "conv0", "conv1", "skip")}
    assert not torch.equal(
        before["generator.synthesis.input.weight"], after["generator.synthesis.input.weight"]
    )


def test_a_fresh_discriminator_is_not_frozen(make_stylegan):
    _, gan = make_stylegan(frozen_layers=4)
    assert all(one.requires_grad for one in gan.discriminator.parameters())
    trainer, gan = make_stylegan(frozen_layers=4, trained_before=True)
    trainer.step(0)
    assert not gan.discriminator.b16.conv0.weight.requires_grad
    assert gan.discriminator.b8.conv0.weight.requires_grad
    # Nor does its average jump to the weights of the first steps.
    assert trainer._decay(0) == gan.config.ema_decay > ramped(gan.config.ema_decay, 0)


@pytest.mark.parametrize("parts", [{}, SKIPS], ids=["t", "stylegan2"])
def test_two_processes_learn_what_one_would(make_pack, tmp_path, parts):
    data, heard = make_pack(), Heard()
    order = order_of(data, tmp_path / "two", "stylegan3", **parts)
    train_together(order, 2, on_event=heard, should_stop=never)
    one = order_of(data, tmp_path / "one", "stylegan3", **parts)
    assert_alike(curves(alone(data, one)), curves(heard))


@pytest.mark.parametrize("name", ["style_mixing", "path_length"])
def test_what_only_stylegan2_takes_is_refused_elsewhere(name):
    assert getattr(config_of("stylegan2", **{name: 0.5}), name) == 0.5
    with pytest.raises(ConfigError, match=f"{name} is 0.5; .* only stylegan2"):
        config_of("r", **{name: 0.5})


def test_presets_are_configurations_that_can_be_built():
    with repeatable(1), layer_randomness(torch.device("cpu")):
        for preset in ("rotation", "stylegan2"):
            settings = type(config_of()).presets[preset]
            config = config_of(**settings, layers=4)
            gan = StyleGan(ImageShape(16, 1), 2, config, seed=1)
            drawn = gan.sample(np.zeros((2, 8), np.float32), np.arange(2))
            assert drawn.shape == (2, 1, 16, 16)


def test_the_published_widths_are_a_preset():
    config = StyleGanConfig(**StyleGanConfig.presets["published"])
    plan = bands(256, config.layers, config.width, config.widest, 3)
    assert [one.channels for one in plan[-5:]] == [256, 181, 128, 128, 3]
