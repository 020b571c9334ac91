"""The parts that adversarial families share, by their formulas."""

from __future__ import annotations

import math
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from ml_engine.batches import AnnotatedImages
from ml_engine.config.generators.adversarial import LOSSES
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.parts.averaging import ramped, set_standing_statistics, update_average
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm, Projection
from ml_engine.generators.parts.losses import ADVERSARIAL_LOSSES
from ml_engine.generators.parts.penalties import r1, slope_penalty
from ml_engine.generators.parts.real_batches import RealBatches
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import layer_randomness
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.generators.conftest import tiny

REAL, FAKE = torch.tensor([2.0, -0.5]), torch.tensor([-3.0, 0.25])


def log_sigmoid(x):
    return -math.log1p(math.exp(-x))


@pytest.mark.parametrize(
    ("name", "discriminator", "generator"),
    [
        (
            "non_saturating",
            -(log_sigmoid(2) + log_sigmoid(-0.5) + log_sigmoid(3) + log_sigmoid(-0.25)) / 2,
            -(log_sigmoid(-3) + log_sigmoid(0.25)) / 2,
        ),
        (
            "minimax",
            -(log_sigmoid(2) + log_sigmoid(-0.5) + log_sigmoid(3) + log_sigmoid(-0.25)) / 2,
            (log_sigmoid(3) + log_sigmoid(-0.25)) / 2,
        ),
        ("hinge", (0 + 1.5) / 2 + (0 + 1.25) / 2, (3 - 0.25) / 2),
        ("wasserstein", (-3 + 0.25) / 2 - (2 - 0.5) / 2, (3 - 0.25) / 2),
        ("least_squares", (1 + 2.25) / 4 + (9 + 0.0625) / 4, (16 + 0.5625) / 4),
    ],
)
def test_losses_have_the_values_of_their_formulas(name, discriminator, generator):
    loss = ADVERSARIAL_LOSSES[name]
    assert loss.discriminator(REAL, FAKE).item() == pytest.approx(discriminator, rel=1e-5)
    assert loss.generator(FAKE).item() == pytest.approx(generator, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_the_two_play_against_each_other_and_stay_finite_when_one_is_sure(name):
    loss = ADVERSARIAL_LOSSES[name]
    real, fake = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    loss.discriminator(real, fake).backward()
    assert (real.grad < 0).all()
    assert (fake.grad >= 0).all()
    fake.grad = None
    loss.generator(fake).backward()
    assert (fake.grad < 0).all()
    sure = torch.full((2,), 1e4)
    assert torch.isfinite(loss.discriminator(-sure, sure))
    assert torch.isfinite(loss.generator(-sure))


def test_only_the_minimax_loss_is_flat_where_the_discriminator_is_sure():
    def slope(name):
        fake = torch.tensor([-20.0], requires_grad=True)
        ADVERSARIAL_LOSSES[name].generator(fake).backward()
        return -fake.grad.item()

    assert slope("minimax") < 1e-6
    assert slope("non_saturating") == pytest.approx(1)


def test_r1_is_the_squared_gradient_of_a_linear_critic():
    w = torch.randn(1, 4, 4)
    penalty = r1(lambda x: (x * w).sum(dim=(1, 2, 3)), torch.randn(6, 1, 4, 4))
    assert penalty.item() == pytest.approx(w.square().sum().item(), rel=1e-5)


def test_r1_is_the_mean_over_images_and_teaches_the_critic():
    scale = torch.tensor(3.0, requires_grad=True)
    real = torch.randn(5, 2, 4, 4)
    penalty = r1(lambda x: scale / 2 * x.square().sum(dim=(1, 2, 3)), real)
    assert penalty.item() == pytest.approx(9 * real.square().sum().item() / 5, rel=1e-5)
    penalty.backward()
    assert scale.grad.item() == pytest.approx(6 * real.square().sum().item() / 5, rel=1e-5)


def test_the_slope_penalty_is_zero_at_slope_one_and_the_square_of_what_is_missing():
    w = nn.functional.normalize(torch.randn(32), dim=0).view(2, 4, 4)
    real, fake, mix = torch.randn(6, 2, 4, 4), torch.randn(6, 2, 4, 4), torch.rand(6)
    for slope in (1.0, 3.0, 0.25):
        penalty = slope_penalty(
            lambda x, slope=slope: slope * (x * w).sum(dim=(1, 2, 3)), real, fake, mix
        )
        assert penalty.item() == pytest.approx((slope - 1) ** 2, abs=1e-5)


def test_the_slope_is_taken_between_each_pair_at_a_point_of_its_own():
    real, fake = torch.full((3, 1, 2, 2), 4.0), torch.zeros(3, 1, 2, 2)
    mix = torch.tensor([0.0, 0.5, 1.0])
    # ‖∇ ½‖x‖²‖ = ‖x‖ is 0 at the fake, 4 half-way and 8 at the real image.
    penalty = slope_penalty(lambda x: x.square().sum(dim=(1, 2, 3)) / 2, real, fake, mix)
    assert penalty.item() == pytest.approx((1 + 9 + 49) / 3, rel=1e-5)


def test_a_critic_without_slope_is_penalised_without_a_lost_number():
    w = torch.zeros(1, 4, 4, requires_grad=True)
    penalty = slope_penalty(
        lambda x: (x * w).sum(dim=(1, 2, 3)), torch.ones(2, 1, 4, 4), torch.ones(2, 1, 4, 4),
        torch.rand(2),
    )  # fmt: skip
    penalty.backward()
    assert penalty.item() == pytest.approx(1, abs=1e-5)
    assert torch.isfinite(w.grad).all()


def trainer_of(make_pack, tmp_path, **settings):
    pack, targets = make_pack(16, 1)
    config = tiny("conditional_gan", steps=10, batch_size=16, **settings)
    gan = ConditionalGan(pack.shape, 3, config, seed=1)
    images = AnnotatedImages(pack, np.arange(len(pack)), targets)
    fit = GeneratorFit(1, tmp_path, ResumeFile(tmp_path, "print"), (), ignore, never)
    return gan, gan.trainer(images, fit), images


def test_lazy_r1_descends_half_gamma_times_the_steps_between(make_pack, tmp_path):
    with layer_randomness(torch.device("cpu")):
        gan, trainer, images = trainer_of(
            make_pack, tmp_path, r1_gamma=3.0, r1_every=4, discriminator_learning_rate=1e-12
        )
    before = deepcopy(gan.discriminator)
    trainer.step(0)
    real, y = RealBatches(images, 16, 1, gan.device, mirrored=False).take(0)
    # It is measured on half of the batch.
    (r1(lambda x: before(x, y[:8]), real[:8]) * 3.0 / 2 * 4).backward()
    expected = before.from_image.weight.grad
    assert expected.abs().max() > 0
    torch.testing.assert_close(
        gan.discriminator.from_image.weight.grad, expected, rtol=1e-3, atol=0
    )


def test_r1_comes_every_few_steps_only(make_pack, tmp_path):
    with layer_randomness(torch.device("cpu")):
        _, trainer, _ = trainer_of(make_pack, tmp_path, r1_gamma=3.0, r1_every=3)
    penalties = [trainer.step(number)["penalty"].item() for number in range(6)]
    assert penalties[0] == penalties[1] == penalties[2] != penalties[3]
    assert penalties[3] == penalties[4] == penalties[5]


def test_overfitting_is_the_share_called_real_less_the_share_called_fake(make_pack, tmp_path):
    with layer_randomness(torch.device("cpu")):
        gan, trainer, _ = trainer_of(make_pack, tmp_path, loss="least_squares")
    gan.discriminator.projection.unconditional.bias.data.fill_(100)
    assert trainer.step(0)["overfitting"] == 1
    gan.discriminator.projection.unconditional.bias.data.fill_(-100)
    assert trainer.step(1)["overfitting"] == -1
    # To the least squares discriminator, 0 is synthetic and 1 is real.
    assert ADVERSARIAL_LOSSES["least_squares"].border == 0.5


def test_a_discriminator_that_wins_is_shown_altered_images(make_pack, tmp_path):
    with layer_randomness(torch.device("cpu")):
        _, trainer, _ = trainer_of(
            make_pack, tmp_path, augmentation="adaptive", r1_gamma=0.0,
            discriminator_learning_rate=0.002, learning_rate=1e-6,
        )  # fmt: skip
    curve = [trainer.step(number) for number in range(12)]
    sure = [float(sum(values["overfitting"] for values in curve[i : i + 4]) / 4) for i in (0, 4)]
    assert max(sure) > 0.6
    strengths = [0.0, *(curve[i]["augmentation"].item() for i in (3, 7))]
    for heard, before, after in zip(sure, strengths[:-1], strengths[1:], strict=True):
        assert (after > before) == (heard > 0.6)


def test_the_average_moves_a_little_towards_the_current_weights():
    average, current = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
    nn.init.constant_(current.weight, 3.0)
    current.running_mean.fill_(10.0)
    update_average(average, current, decay=0.9)
    assert average.weight.item() == pytest.approx(1.2)
    assert average.running_mean.item() == pytest.approx(1.0)


def test_the_average_soon_forgets_where_it_began():
    average, current = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.constant_(average.weight, 1000.0)
    nn.init.zeros_(current.weight)
    for number in range(100):
        update_average(average, current, ramped(0.995, number))
    assert abs(average.weight.item()) < 1e-6
    assert ramped(0.995, 5000) == 0.995
    assert ramped(0.0, 50) == 0


def test_the_average_counts_its_own_batches():
    average, current = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
    current(torch.randn(4, 1, 2, 2))
    update_average(average, current, decay=0.9)
    assert current.num_batches_tracked == 1
    assert average.num_batches_tracked == 0


def test_the_average_of_many_steps_weighs_them_by_their_age():
    average, current = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.zeros_(average.weight)
    history = [1.0, -2.0, 5.0]
    for weight in history:
        nn.init.constant_(current.weight, weight)
        update_average(average, current, decay=0.8)
    expected = sum(0.2 * 0.8 ** (2 - i) * w for i, w in enumerate(history))
    assert average.weight.item() == pytest.approx(expected, rel=1e-5)


def test_standing_statistics_are_those_of_all_batches():
    batches = torch.randn(5, 16, 2, 3, 3) * 3 + 1
    norm = nn.BatchNorm2d(2)
    set_standing_statistics(norm, 5, lambda i: norm(batches[i]))
    assert norm.running_mean == pytest.approx(batches.mean(dim=(0, 1, 3, 4)), abs=1e-5)
    assert not norm.training
    assert norm.momentum == 0.1


def test_conditional_batch_normalisation_scales_by_the_class():
    layer = ConditionalBatchNorm(3, 4)
    nn.init.normal_(layer.gain.weight)
    nn.init.normal_(layer.bias.weight)
    x, y = torch.randn(8, 3, 5, 5) * 2 + 1, torch.arange(8) % 4
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    variance = x.var(dim=(0, 2, 3), unbiased=False, keepdim=True)
    normal = (x - mean) / (variance + 1e-5).sqrt()
    expected = normal * layer.gain.weight[y, :, None, None] + layer.bias.weight[y, :, None, None]
    torch.testing.assert_close(layer(x, y), expected)


def test_untrained_conditional_batch_normalisation_is_the_plain_one():
    x, y = torch.randn(8, 3, 5, 5), torch.arange(8) % 2
    torch.testing.assert_close(ConditionalBatchNorm(3, 2)(x, y), nn.BatchNorm2d(3)(x))


def test_the_projection_adds_the_inner_product_with_the_class():
    layer = Projection(5, 3)
    f, y = torch.randn(6, 5), torch.tensor([0, 1, 2, 2, 1, 0])
    w, b, e = layer.unconditional.weight[0], layer.unconditional.bias, layer.classes.weight
    expected = torch.stack([f[i] @ w + b[0] + e[y[i]] @ f[i] for i in range(6)])
    torch.testing.assert_close(layer(f, y), expected)
