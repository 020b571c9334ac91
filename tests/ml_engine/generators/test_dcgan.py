from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ml_engine.batches import AnnotatedImages
from ml_engine.config import ConfigError, ImageShape, generator_config
from ml_engine.config.generators import DcganConfig
from ml_engine.devices import repeatable
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.dcgan import Dcgan
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import layer_randomness
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.generators.conftest import tiny


@pytest.fixture
def gan():
    with layer_randomness(torch.device("cpu")):
        yield Dcgan(ImageShape(64, 3), 4, DcganConfig(), seed=1)


def layers(network, *kinds):
    return [module for module in network.modules() if isinstance(module, kinds)]


def test_weights_begin_normal_with_a_deviation_of_two_hundredths(gan):
    for network in (gan.generator, gan.discriminator):
        for layer in layers(network, nn.Conv2d, nn.ConvTranspose2d):
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
            assert abs(layer.weight.mean()) < 0.002
            assert layer.bias is None or (layer.bias == 0).all()
    gains = torch.cat([n.gain.weight.flatten() for n in gan.generator.normalisations])
    gains = torch.cat([gains, *(n.weight for n in gan.discriminator.normalisations)])
    assert gains.mean().item() == pytest.approx(1, abs=0.005)
    assert gains.std().item() == pytest.approx(0.02, rel=0.1)


def test_every_layer_is_normalised_but_those_at_the_image(gan):
    ups = layers(gan.generator, nn.ConvTranspose2d)
    assert len(layers(gan.generator, ConditionalBatchNorm)) == len(ups) == 4
    assert len(layers(gan.discriminator, nn.BatchNorm2d)) == len(gan.discriminator.down) == 3


def test_maps_are_resized_by_strides_alone(gan):
    assert {tuple(c.stride) for c in layers(gan.generator, nn.ConvTranspose2d)} == {(2, 2)}
    assert {tuple(c.stride) for c in layers(gan.discriminator, nn.Conv2d)} == {(2, 2)}
    assert not layers(gan.generator, nn.Upsample) + layers(gan.discriminator, nn.MaxPool2d)


def test_the_optimisers_are_radford_s(gan):
    config = generator_config("dcgan")
    assert (config.learning_rate, config.discriminator_learning_rate) == (2e-4, 2e-4)
    assert (config.beta1, config.beta2) == (0.5, 0.999)


def test_another_class_gives_another_image_from_the_same_latent():
    with layer_randomness(torch.device("cpu")):
        gan = Dcgan(ImageShape(16, 1), 2, tiny("dcgan"), seed=1)
        z = torch.randn(1, gan.latent_size).repeat(8, 1)
        images = gan.generator(z, torch.arange(8) % 2)
    assert (images[0] - images[1]).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("family", "batches"), [(Dcgan, [8, 8, 8]), (ConditionalGan, [16, 8])], ids=["dcgan", "other"]
)
def test_real_and_synthetic_images_share_a_batch_only_where_nothing_normalises_it(
    make_pack, tmp_path, family, batches
):
    pack, targets = make_pack()
    settings = {"r1_gamma": 0.0, "batch_size": 8, "minibatch": "none"}
    with repeatable(1), layer_randomness(torch.device("cpu")):
        gan = family(pack.shape, 3, tiny(family.config_type.family, **settings), seed=1)
        sizes = []
        gan.discriminator.down[0].register_forward_hook(lambda *call: sizes.append(len(call[2])))
        fit = GeneratorFit(1, tmp_path, ResumeFile(tmp_path, "print"), (), ignore, never)
        gan.trainer(AnnotatedImages(pack, np.arange(30), targets), fit).step(0)
    assert sizes == batches


def test_the_average_draws_each_image_on_its_own(make_pack, tmp_path):
    with layer_randomness(torch.device("cpu")):
        gan = Dcgan(ImageShape(16, 1), 3, tiny("dcgan"), seed=1)
    assert not gan.average.training
    z = np.random.default_rng(0).standard_normal((9, gan.latent_size)).astype(np.float32)
    together = gan.sample(z, np.arange(9) % 3)
    assert (gan.sample(z[4:5], np.array([1]))[0] == together[4]).all()


def test_batch_normalisation_does_not_hide_a_lack_of_variety():
    with layer_randomness(torch.device("cpu")):
        torch.manual_seed(0)
        gan = Dcgan(ImageShape(16, 1), 1, tiny("dcgan", minibatch="standard_deviation"), seed=1)
        varied = torch.randn(8, 1, 16, 16)
        alike = varied[:1] + 1e-3 * torch.randn(8, 1, 16, 16)
        statistics = [gan.discriminator.features(batch)[:, -1] for batch in (varied, alike)]
    assert statistics[0].min() > 10 * statistics[1].max()


def test_a_size_that_strides_do_not_divide_is_refused():
    with pytest.raises(ConfigError, match="DCGAN takes images whose sides are divisible by 4"):
        Dcgan(ImageShape(30, 1), 3, tiny("dcgan"), seed=1)
