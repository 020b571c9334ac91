from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.config import ImageShape, generator_config
from ml_engine.config.generators import WganGpConfig
from ml_engine.generators.parts.penalties import slope_penalty
from ml_engine.generators.wgan_gp import CriticNetwork, WganGp
from tests.ml_engine.generators.conftest import tiny

SHAPE = ImageShape(16, 1)


def critic(**settings):
    torch.manual_seed(0)
    return CriticNetwork(SHAPE, 3, tiny("wgan_gp", **settings))


def images(count=6):
    return torch.randn(count, 1, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("parts", "alone"),
    [
        ({}, True),
        ({"critic_normalisation": "layer"}, True),
        ({"critic_normalisation": "batch"}, False),
    ],
)
def test_a_critic_judges_each_image_on_its_own_unless_it_normalises_batches(parts, alone):
    network, x, y = critic(**parts), images(), torch.arange(6) % 3
    among_others = network(x, y)[:2]
    by_itself = network(x[:2], y[:2])
    assert torch.allclose(among_others, by_itself, atol=1e-5) == alone


def test_a_corrected_critic_has_no_batch_normalisation_and_no_bound():
    network = critic()
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    scores = network(1e3 * images(), torch.zeros(6, dtype=torch.long))
    assert scores.abs().max() > 1


def test_a_squeezed_critic_scores_between_0_and_1():
    scores = critic(critic_sigmoid=True)(1e3 * images(), torch.zeros(6, dtype=torch.long))
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_the_penalty_takes_one_share_for_each_pair_and_the_slope_over_all_pixels():
    # D(x) = ½‖x‖² has the slope ‖x̂‖: each pair's own mix can be read from the penalty.
    real, fake, mix = images(), images().flip(0) * 2, torch.linspace(0, 1, 6)
    between = mix.view(-1, 1, 1, 1) * real + (1 - mix.view(-1, 1, 1, 1)) * fake
    wanted = (between.flatten(1).norm(dim=1) - 1).square().mean()
    found = slope_penalty(lambda x: x.square().sum(dim=(1, 2, 3)) / 2, real, fake, mix)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-5)


def test_the_penalty_teaches_the_critic():
    network, y = critic(), torch.arange(6) % 3
    before = slope_penalty(lambda x: network(x, y), images(), images().flip(0), torch.rand(6))
    before.backward()
    reached = [name for name, p in network.named_parameters() if p.grad is not None]
    assert {"down.0.weight", "head.weight", "projection.classes.weight"} <= set(reached)


class Counting(WganGp):
    """Notes the batches that each network is trained on."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.latents, self.drawn_for_the_generator = [], []

    def build_generator(self):
        network = super().build_generator()

        def note(_, inputs):
            self.latents.append(inputs[0].clone())
            self.drawn_for_the_generator.append(torch.is_grad_enabled())

        network.register_forward_pre_hook(note)
        return network


def test_five_critic_batches_go_before_one_of_the_generator_each_with_fresh_noise(
    make_pack, make_trainer
):
    trainer, gan = make_trainer(Counting, tiny("wgan_gp"), make_pack())
    trainer.step(0)
    assert gan.drawn_for_the_generator == [False] * 5 + [True]
    drawn = torch.stack(gan.latents).flatten(1)
    assert len(np.unique(drawn.numpy(), axis=0)) == 6


def test_the_corrected_preset_is_what_the_family_is_anyway():
    assert generator_config("wgan_gp", WganGpConfig.presets["corrected"]) == WganGpConfig()


def test_the_faithful_preset_is_as_published_and_trains(make_pack, make_trainer):
    faithful = WganGpConfig.presets["faithful"]
    config = generator_config("wgan_gp", faithful)
    assert (config.critic_normalisation, config.critic_sigmoid) == ("batch", True)
    assert (config.beta1, config.beta2, config.gradient_penalty) == (0.5, 0.99, 10)
    assert (config.learning_rate, config.discriminator_learning_rate) == (3e-4, 1e-4)
    assert (config.batch_size, config.discriminator_steps) == (64, 5)
    assert config.warm_up_steps > 0
    short = tiny("wgan_gp", **faithful | {"warm_up_steps": 0})
    trainer, gan = make_trainer(WganGp, short, make_pack())
    weights = dict(gan.generator.named_parameters()) | dict(gan.discriminator.named_parameters())
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    assert all(torch.isfinite(value) for value in trainer.step(0).values())
    assert [name for name, weight in weights.items() if torch.equal(weight, before[name])] == []
