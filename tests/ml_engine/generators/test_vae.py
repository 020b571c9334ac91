from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from ml_engine.config import ConfigError, ImageShape
from ml_engine.generators.training import load_generator, sample, train_generator
from ml_engine.generators.vae import Decoder, Vae, divergence, reconstruction_loss
from ml_engine.packs import array_pack
from tests.ml_engine.conftest import Heard, ignore, never
from tests.ml_engine.generators.conftest import tiny


def train(data, folder, *, on_event=ignore, **settings):
    pack, targets = data
    return train_generator(
        pack, np.arange(len(pack)), targets, 3, pack.shape, tiny("vae", **settings), 3, folder,
        on_event=on_event, should_stop=never,
    )  # fmt: skip


def test_the_reconstruction_is_summed_over_pixels_and_averaged_over_the_batch():
    x, mean, log_variance = torch.randn(5, 3, 8, 8), torch.randn(5, 3, 8, 8), torch.randn(3)
    deviation = torch.exp(log_variance / 2).view(1, 3, 1, 1)
    expected = -Normal(mean, deviation).log_prob(x).sum(dim=(1, 2, 3)).mean()
    assert reconstruction_loss(x, mean, log_variance).item() == pytest.approx(expected.item())


def test_the_divergence_is_summed_over_the_latents_and_averaged_over_the_batch():
    mean, log_variance = torch.randn(5, 7), torch.randn(5, 7)
    posterior = Normal(mean, torch.exp(log_variance / 2))
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1).mean()
    assert divergence(mean, log_variance).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_best_variance_of_a_channel_is_its_mean_squared_error():
    x, mean = torch.randn(6, 3, 4, 4), torch.zeros(6, 3, 4, 4)
    log_variance = x.square().mean(dim=(0, 2, 3)).log().requires_grad_()
    (slope,) = torch.autograd.grad(reconstruction_loss(x, mean, log_variance), log_variance)
    assert slope == pytest.approx(torch.zeros(3), abs=1e-4)


def test_the_variance_never_falls_below_half_a_grey_level():
    decoder = Decoder(ImageShape(16, 1), 1, tiny("vae"))
    torch.nn.init.constant_(decoder.free_log_variance, -1000.0)
    assert math.exp(decoder.log_variance().item() / 2) == pytest.approx(1 / 255)
    torch.nn.init.constant_(decoder.free_log_variance, 0.0)
    assert decoder.log_variance().item() == pytest.approx(0, abs=1e-4)


def pictures():
    """Twelve images (N, 1, 16, 16): stripes across, stripes upright and squares, of four kinds."""
    images = np.full((12, 1, 16, 16), 60, np.uint8)
    for kind in range(4):
        images[3 * kind, 0, kind::4] = 190
        images[3 * kind + 1, 0, :, kind::4] = 190
        images[3 * kind + 2, 0, 2 + kind : 14 - kind, 2 + kind : 14 - kind] = 190
    return images, np.arange(12) % 3


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """A VAE of those pictures."""
    images, targets = pictures()
    settings = {
        "steps": 250,
        "width": 8,
        "checks": 1,
        "batch_size": 12,
        "learning_rate": 3e-3,
        "ema_decay": 0.98,
    }
    result = train((array_pack(images), targets), tmp_path_factory.mktemp("vae"), **settings)
    return load_generator(result.folder)


def test_drawing_an_image_s_encoding_gives_that_image_back(learnt):
    images, targets = pictures()
    again = learnt.sample(learnt.encode(images, targets), targets)
    distances = np.abs(again[:, None].astype(float) - images[None]).mean(axis=(2, 3, 4))
    assert (distances.argmin(axis=1) == np.arange(12)).all()
    assert distances.diagonal().mean() < distances[~np.eye(12, dtype=bool)].mean() / 3


def test_an_encoding_depends_on_its_own_image_alone(learnt):
    images, targets = pictures()
    many = learnt.encode(np.tile(images, (6, 1, 1, 1)), np.tile(targets, 6))
    assert (many[66] == learnt.encode(images[[6]], targets[[6]])[0]).all()
    assert learnt.encode(images[:0], targets[:0]).shape == (0, learnt.latent_size)


def test_the_class_decides_what_a_latent_becomes(learnt):
    z = np.zeros((3, learnt.latent_size), np.float32)
    drawn = learnt.sample(z, np.arange(3)).astype(float)
    assert min(np.abs(drawn[i] - drawn[j]).mean() for i, j in ((0, 1), (0, 2), (1, 2))) > 10


def test_more_weight_on_the_divergence_makes_it_less(make_pack, tmp_path):
    data, kl = make_pack(), {}
    for beta in (0.1, 20.0):
        heard = Heard()
        train(data, tmp_path / str(beta), on_event=heard, steps=60, checks=1, beta=beta)
        kl[beta] = [event for event in heard if event.kind == "curve"][-1].values["kl"]
    assert kl[20.0] < kl[0.1] / 2


def test_a_size_that_strides_do_not_divide_is_refused():
    with pytest.raises(ConfigError, match="VAE takes images whose sides are divisible by 4"):
        Vae(ImageShape(30, 1), 3, tiny("vae"), seed=1)


@pytest.mark.parametrize("width", [4, 7, 20])
def test_any_width_will_do(make_pack, tmp_path, width):
    data = make_pack()
    generator = load_generator(train(data, tmp_path / "run", width=width).folder)
    assert sample(generator, 1, np.arange(3))[0].shape == (3, 1, 16, 16)
