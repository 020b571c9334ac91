from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ml_engine.config import ImageShape, generator_config
from ml_engine.config.generators import GanConfig
from ml_engine.generators.gan import DiscriminatorNetwork, Gan, GeneratorNetwork
from ml_engine.generators.parts.initialisation import LEAK
from ml_engine.generators.training import load_generator, sample, train_generator
from tests.ml_engine.conftest import Heard, ignore, never
from tests.ml_engine.generators.conftest import tiny


def train(data, folder, *, on_event=ignore, **settings):
    pack, targets = data
    return train_generator(
        pack, np.arange(len(pack)), targets, 3, pack.shape, tiny("gan", **settings), 3, folder,
        on_event=on_event, should_stop=never,
    )  # fmt: skip


def test_any_size_and_any_number_of_layers_will_do(make_pack, tmp_path):
    for size, layers in ((9, 1), (30, 2), (17, 4)):
        data = make_pack(size, 3)
        result = train(data, tmp_path / str(size), hidden_layers=layers)
        images, _ = sample(load_generator(result.folder), 1, np.arange(3))
        assert images.shape == (3, 3, size, size)


def test_the_networks_are_each_other_s_mirror():
    config = generator_config("gan", {"width": 16, "hidden_layers": 3, "latent_size": 5})
    gan = Gan(ImageShape(12, 1), 2, config, seed=1)
    assert [layer.out_features for layer in gan.generator.hidden] == [16, 32, 64]
    hidden = [*gan.discriminator.hidden, gan.discriminator.last]
    assert [layer.out_features for layer in hidden] == [64, 32, 16]


@pytest.mark.parametrize("size", [12, 64])
def test_signals_keep_their_size_through_fresh_layers(size):
    torch.manual_seed(0)
    shape, config = ImageShape(size, 3), GanConfig()
    x = torch.randn(256, 3 * size**2)
    discriminator = DiscriminatorNetwork(shape, 2, config)
    for layer in discriminator.hidden:
        before, x = x.square().mean(), nn.functional.leaky_relu(layer(x), LEAK)
        assert x.square().mean().item() == pytest.approx(before.item(), rel=0.2)
    generator = GeneratorNetwork(shape, 2, config)
    z, y = torch.randn(256, config.latent_size), torch.arange(256) % 2
    # Neither grey all over nor black and white alone.
    assert 0.3 < generator(z, y).std() < 0.8


def test_both_of_the_paper_s_losses_train_and_differ(make_pack, tmp_path):
    data, heard = make_pack(), {loss: Heard() for loss in ("minimax", "non_saturating")}
    results = [train(data, tmp_path / loss, loss=loss, on_event=heard[loss]) for loss in heard]
    assert results[0].sha256 != results[1].sha256
    curves = {loss: [e for e in events if e.kind == "curve"][-1] for loss, events in heard.items()}
    # log(1 - D(G(z))) lies below 0, -log D(G(z)) above.
    assert curves["minimax"].values["loss_g"] < 0 < curves["non_saturating"].values["loss_g"]


def test_the_original_preset_leaves_out_what_came_later():
    config = generator_config("gan", GanConfig.presets["original"])
    assert (config.loss, config.r1_gamma, config.minibatch) == ("minimax", 0, "none")
    discriminator = DiscriminatorNetwork(ImageShape(16, 1), 2, config)
    assert discriminator.variety.extra == 0
