"""Noise, the ways out of it and back, and what the diffusion family makes of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.config import ConfigError, ImageShape
from ml_engine.config.generators import DiffusionConfig
from ml_engine.generators.denoising.noise import Noise
from ml_engine.generators.diffusion import Diffusion
from tests.ml_engine.generators.conftest import tiny

COSINE = {
    "num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2", "clip_sample": True,
    "prediction_type": "v_prediction",
}  # fmt: skip
PREDICTIONS = pytest.mark.parametrize("prediction", ["v_prediction", "epsilon", "sample"])


def schedule(prediction="v_prediction", **settings):
    return Noise({**COSINE, "prediction_type": prediction, **settings})


def diffusion(size=16, class_count=3, **settings):
    return Diffusion(ImageShape(size, 1), class_count, tiny("diffusion", **settings), seed=1)


def latents(generator, count=4, seed=0):
    draws = np.random.default_rng(seed)
    return draws.standard_normal((count, generator.latent_size), dtype=np.float32)


def gaussian(noise, mean, deviation, prediction):
    """The best prediction where x_0 is normal: what a perfect network gives."""

    def predict(x, t):
        a, s = noise._level(int(t[0]))
        x_0 = mean + a * deviation**2 / (a**2 * deviation**2 + s**2) * (x - a * mean)
        eps = (x - a * x_0) / s
        return {"v_prediction": a * eps - s * x_0, "epsilon": eps, "sample": x_0}[prediction]

    return predict


def test_the_first_level_has_almost_no_noise_and_the_last_almost_only_noise():
    noise, x_0, eps = schedule(), torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    first, last = noise.add(x_0, eps, torch.tensor([0, 999]))
    assert first.mean() > 0.999
    assert last.mean() < 0.001
    # ᾱ_t of Nichol & Dhariwal 2021, eq. 17, with index 0 for one step of noise.
    steps = (np.array([1, 500]) / 1000 + 0.008) / 1.008 * np.pi / 2
    expected = np.cos(steps) / np.cos(0.008 / 1.008 * np.pi / 2)
    found = noise.add(x_0, eps, torch.tensor([0, 499])).mean(dim=(1, 2, 3))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_v_is_what_it_is_in_the_paper():
    noise = schedule()
    x_0, eps = torch.randn(3, 1, 4, 4), torch.randn(3, 1, 4, 4)
    t = torch.tensor([10, 500, 900])
    alpha = noise.add(torch.ones(3, 1, 1, 1), torch.zeros(3, 1, 1, 1), t)
    sigma = noise.add(torch.zeros(3, 1, 1, 1), torch.ones(3, 1, 1, 1), t)
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones(3, 1, 1, 1))
    torch.testing.assert_close(noise.target(x_0, eps, t), alpha * eps - sigma * x_0)


@PREDICTIONS
def test_levels_weigh_by_the_signal_in_them_up_to_a_cap(prediction):
    weights = schedule(prediction).weights(5.0)
    squared = schedule()._ddpm.alphas_cumprod
    snr = squared / (1 - squared)
    # By how much the squared error of what is predicted is larger than that of x_0.
    larger = {"v_prediction": snr + 1, "epsilon": snr, "sample": torch.ones(1000)}[prediction]
    by_image = weights * larger / snr.clamp_max(5.0)
    assert weights.mean() == pytest.approx(1)
    torch.testing.assert_close(by_image, by_image[:1].expand(1000), rtol=1e-3, atol=0)
    assert schedule(prediction).weights(0.0).unique().tolist() == [1.0]


@PREDICTIONS
@pytest.mark.parametrize("sampler", ["ddim", "dpm_solver"])
def test_a_solver_turns_noise_into_the_distribution_that_a_perfect_network_knows(
    sampler, prediction
):
    settings = {} if prediction != "epsilon" else {"beta_schedule": "linear"}
    noise = schedule(prediction, **settings)
    x = torch.randn(2000, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    predict = gaussian(noise, 0.2, 0.15, prediction)
    made = noise.solve(predict, x, sampler, 100)
    assert made.mean() == pytest.approx(0.2, abs=0.02)
    assert made.std() == pytest.approx(0.15, rel=0.12)
    # Each place goes its own way: more noise stays more.
    assert np.corrcoef(made.flatten(), x.flatten())[0, 1] > 0.999
    assert torch.equal(made, noise.solve(predict, x, sampler, 100))


def test_a_better_solver_needs_fewer_steps():
    noise = schedule()
    x = torch.randn(500, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    predict = gaussian(noise, 0.1, 0.3, "v_prediction")
    fine = noise.solve(predict, x, "ddim", 500)
    errors = {
        s: (noise.solve(predict, x, s, 12) - fine).abs().mean() for s in ("ddim", "dpm_solver")
    }
    assert errors["dpm_solver"] < errors["ddim"]


def test_ddim_without_noise_is_certain_and_with_all_of_it_has_the_variance_of_ddpm():
    from diffusers import DDPMScheduler

    ddim = schedule().solver("ddim", 1000)
    ddpm = DDPMScheduler(**COSINE, variance_type="fixed_small")
    x, v = torch.randn(4, 1, 8, 8), torch.zeros(4, 1, 8, 8)
    for t in (999, 700, 300, 20):
        # DDPM's own never falls below 1e-20.
        assert ddim._get_variance(t, t - 1) == pytest.approx(float(ddpm._get_variance(t)), abs=1e-6)
        certain, again = (ddim.step(v, t, x, eta=0.0).prev_sample for _ in range(2))
        assert torch.equal(certain, again)
        uncertain = [
            ddim.step(v, t, x, eta=1.0, generator=torch.Generator().manual_seed(i)).prev_sample
            for i in (1, 2)
        ]
        assert not torch.equal(*uncertain)


@PREDICTIONS
def test_inversion_finds_the_noise_that_an_image_was_made_of(prediction):
    noise = schedule(prediction, clip_sample=False, beta_schedule="scaled_linear")
    x = torch.randn(50, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    predict = gaussian(noise, 0.1, 0.3, prediction)
    made = noise.solve(predict, x, "ddim", 20)
    torch.testing.assert_close(noise.invert(predict, made, 20), x, atol=0.02, rtol=0.02)


@pytest.mark.parametrize(
    ("size", "patch", "widths"),
    [(28, 2, (8, 16)), (28, 1, (8, 16, 32)), (16, 4, (8,)), (64, 2, (8, 16, 32, 32))],
)
def test_the_maps_fit_the_size_and_its_patches(size, patch, widths):
    generator = diffusion(size, patch=patch, width=8, sampling_steps=2)
    assert generator.network.unet.config.block_out_channels == widths
    assert generator.latent_size == size * size
    assert generator.sample(latents(generator, 1), np.zeros(1, np.int64)).shape[2:] == (size, size)


def test_a_size_that_cannot_be_halved_and_other_patches_are_refused():
    with pytest.raises(ConfigError, match="divisible by 4"):
        diffusion(30)
    with pytest.raises(ConfigError, match="1, 2 or 4"):
        DiffusionConfig(patch=3)
    with pytest.raises(ConfigError, match="unconditional_share"):
        DiffusionConfig(guidance=2.0, unconditional_share=0.0)


def test_attention_joins_the_smallest_maps():
    has_attention = [
        any("attentions" in name for name in diffusion(attention=on).state())
        for on in (False, True)
    ]
    assert has_attention == [False, True]


def test_images_are_drawn_by_the_averaged_weights():
    generator = diffusion()
    z, classes = latents(generator), np.arange(4) % 3
    before = generator.sample(z, classes)
    with torch.no_grad():
        for weight in generator.learnt().values():
            weight.add_(1)
    assert (generator.sample(z, classes) == before).all()
    for weight in generator.average.values():
        weight.mul_(1.5)
    assert (generator.sample(z, classes) != before).any()


def test_guidance_of_one_is_the_plain_class_and_more_moves_along_the_same_line():
    generator = diffusion(unconditional_share=0.1)
    for weight in generator.average.values():
        weight.copy_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) * 0.2)
    x, t, y = torch.randn(4, 1, 16, 16), torch.full((4,), 500), torch.arange(4) % 3
    with torch.inference_mode():
        plain = generator._predict(y, guidance=1)(x, t)
        none = generator._predict(torch.full_like(y, 3), guidance=1)(x, t)
        near_one = generator._predict(y, guidance=1 + 1e-6)(x, t)
        strong = generator._predict(y, guidance=3.0)(x, t)
    assert not torch.allclose(plain, none)
    tolerance = {"atol": 0.05 * float(plain.abs().max()), "rtol": 0}
    torch.testing.assert_close(near_one, plain, **tolerance)
    torch.testing.assert_close(strong, none + 3 * (plain - none), **tolerance)


def test_without_classes_nothing_is_pushed():
    drawn = []
    for guidance in (1.0, 4.0):
        generator = diffusion(class_count=1, guidance=guidance, unconditional_share=0.1)
        z = latents(generator)
        drawn.append(generator.sample(z, np.zeros(4, np.int64)))
        assert generator.network.unet.class_embedding.num_embeddings == 1
    assert (drawn[0] == drawn[1]).all()


def test_an_encoded_image_comes_back():
    generator = diffusion(sampler="ddim", sampling_steps=20, width=8)
    classes = np.arange(6) % 3
    made = generator.sample(latents(generator, 6), classes)
    again = generator.sample(generator.encode(made, classes), classes)
    apart = np.abs(made.astype(int) - again.astype(int)).mean()
    others = np.abs(made.astype(int) - np.roll(made, 1, axis=0)).mean()
    assert apart < others / 10


def test_a_network_that_knows_its_noise_has_no_loss():
    noise = schedule()
    x_0, eps, t = torch.randn(5, 1, 4, 4), torch.randn(5, 1, 4, 4), torch.arange(5) * 200
    x_t = noise.add(x_0, eps, t)
    v = noise.target(x_0, eps, t)
    sigma = noise.add(torch.zeros(5, 1, 1, 1), torch.ones(5, 1, 1, 1), t)
    alpha = (1 - sigma**2).sqrt()
    torch.testing.assert_close(alpha * x_t - sigma * v, x_0, atol=1e-4, rtol=1e-4)
    assert (sigma * x_t + alpha * v - eps).square().mean() < 1e-8
