"""What a discriminator is shown: moved, recoloured, cut, and how much of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.config import ConfigError, generator_config
from ml_engine.config.generators.adversarial import CATEGORIES
from ml_engine.generators.adversarial.view import (
    ADJUST_EVERY,
    STRONGEST,
    View,
)
from ml_engine.generators.parts import colour, geometry
from ml_engine.generators.parts.augmentation import (
    augment,
    augment_differentiably,
    random_moves,
    random_shades,
)

EVERY = frozenset(CATEGORIES)
SHAPES = pytest.mark.parametrize("shape", [(6, 1, 16, 16), (6, 3, 28, 28), (6, 3, 32, 32)])


def draws(seed=0):
    return np.random.default_rng(seed)


def one(value):
    return np.array([value])


def test_pixels_go_where_the_map_says():
    image = torch.zeros(1, 1, 9, 11)
    image[0, 0, 3, 4] = 1
    moved = geometry.warp(image, geometry.translations(one(3.0), one(2.0)))
    assert moved[0, 0, 5, 7] == 1
    assert moved.sum() == 1


def test_whole_moves_flips_and_quarter_turns_are_exact():
    images = torch.randn(1, 3, 8, 8)
    flip = geometry.scalings(one(-1.0), one(1.0))
    assert torch.equal(geometry.warp(images, flip), images.flip(3))
    for count in range(4):
        turned = geometry.warp(images, geometry.quarter_turns(one(count)))
        assert torch.equal(turned, images.rot90(-count, dims=(2, 3)))
    left = geometry.warp(images, geometry.translations(one(-3.0), one(0.0)))
    assert torch.equal(left[..., :5], images[..., 3:])
    # Beyond the edge lies its mirror image.
    assert torch.equal(left[..., 5:], images[..., 5:].flip(3))


@pytest.mark.parametrize(
    "there",
    [
        geometry.translations(one(0.3), one(-0.6)),
        geometry.rotations(one(0.7)),
        geometry.scalings(one(1.3), one(0.8)),
    ],
)
def test_a_smooth_image_comes_back_when_its_move_is_undone(there):
    y, x = torch.meshgrid(torch.linspace(-3, 3, 32), torch.linspace(-3, 3, 32), indexing="ij")
    image = torch.exp(-((x - 0.4) ** 2) - 2 * (y + 0.3) ** 2).view(1, 1, 32, 32)
    moved = geometry.warp(image, there)
    assert (moved - image).abs().max() > 0.05
    back = geometry.warp(moved, np.linalg.inv(there))
    # What was moved out of the image has not come back.
    assert (back - image)[..., 8:-8, 8:-8].abs().max() < 0.02


def test_a_turn_is_clockwise_and_equals_quarter_turns():
    np.testing.assert_allclose(
        geometry.rotations(np.arange(5) * np.pi / 2),
        geometry.quarter_turns(np.arange(5)),
        atol=1e-12,
    )


def test_shades_do_what_they_say():
    red = torch.tensor([0.8, -0.2, 0.1]).view(1, 3, 1, 1)

    def recoloured(maps, image=red):
        return colour.recolour(image, maps).flatten()

    torch.testing.assert_close(recoloured(colour.brightnesses(one(0.3))), red.flatten() + 0.3)
    torch.testing.assert_close(recoloured(colour.contrasts(one(0.5))), red.flatten() / 2)
    mean = red.mean()
    torch.testing.assert_close(recoloured(colour.saturations(one(0.0))), mean.expand(3))
    third = recoloured(colour.hue_rotations(one(2 * np.pi / 3)))
    torch.testing.assert_close(third, torch.tensor([0.1, 0.8, -0.2]))
    flipped = recoloured(colour.luma_flips(one(True)))
    assert flipped.mean() == pytest.approx(-mean.item())
    torch.testing.assert_close(flipped - flipped.mean(), red.flatten() - mean)


def test_a_grey_image_is_a_colour_with_three_equal_parts():
    maps = [
        colour.hue_rotations(one(1.0)),
        colour.saturations(one(3.0)),
        colour.brightnesses(one(0.2)) @ colour.luma_flips(one(True)),
    ]
    grey = torch.rand(1, 1, 4, 4)
    for by in maps:
        in_colour = colour.recolour(grey.expand(-1, 3, -1, -1), by)
        torch.testing.assert_close(colour.recolour(grey, by), in_colour[:, :1])
    torch.testing.assert_close(colour.recolour(grey, maps[0]), grey)


@SHAPES
def test_nothing_changes_without_strength_and_more_images_do_with_it(shape):
    images = torch.randn(shape).repeat(20, 1, 1, 1)
    assert augment(images, 0.0, draws()) is images
    changed = [
        (augment(images, p, draws()) != images).flatten(1).any(dim=1).sum()
        for p in (0.01, 0.1, 0.6)
    ]
    assert 0 < changed[0] < changed[1] < changed[2]


def test_an_image_that_no_change_chose_is_left_bit_by_bit():
    images = torch.randn(200, 1, 16, 16)
    alike = (augment(images, 0.05, draws()) == images).flatten(1).all(dim=1)
    # 1 - p for each of eleven independent changes, of which many change nothing themselves.
    assert alike.float().mean() > 0.95**11 - 0.1


def test_without_turns_images_keep_standing():
    standing = random_moves(500, (16, 16), 0.8, 0.8, draws(), turns=False)
    assert (np.linalg.det(standing) > 0).all()
    assert (standing[:, 0, 0] > np.abs(standing[:, 1, 0])).all()
    turned = random_moves(500, (16, 16), 0.8, 0.8, draws(), turns=True)
    assert 0.2 < (np.linalg.det(turned) < 0).mean() < 0.6
    assert 0.2 < (turned[:, 0, 0] < 0).mean() < 0.6


def test_each_change_happens_as_often_as_the_strength_says():
    for strength in (0.1, 0.5, 0.8):
        moves = random_moves(4000, (64, 64), strength, strength, draws(), turns=True)
        # Only isotropic scaling changes areas; the others keep the determinant at 1 or -1.
        scaled = np.abs(np.abs(np.linalg.det(moves)) - 1) > 1e-9
        assert scaled.mean() == pytest.approx(strength, abs=0.03)
        shades = random_shades(4000, strength, draws())
        grey = shades[:, :3, :3].sum(axis=2).mean(axis=1)
        contrasted = np.abs(np.abs(grey) - 1) > 1e-9
        assert contrasted.mean() == pytest.approx(strength, abs=0.03)
        assert (grey < 0).mean() == pytest.approx(strength / 2, abs=0.03)


@SHAPES
@pytest.mark.parametrize(
    "alter",
    [
        lambda x, d: augment(x, 0.7, d),
        lambda x, d: augment(x, 0.7, d, categories=EVERY),
        augment_differentiably,
    ],
    ids=["default", "every", "differentiable"],
)
def test_it_is_differentiable_twice_and_repeats(shape, alter):
    images = torch.randn(shape, requires_grad=True)
    seen = alter(images, draws())
    assert seen.shape == images.shape
    assert torch.equal(seen, alter(images, draws()))
    assert not torch.equal(seen, alter(images, draws(1)))
    (gradient,) = torch.autograd.grad(seen.square().sum(), images, create_graph=True)
    assert (gradient.flatten(1).norm(dim=1) > 0).all()
    gradient.square().sum().backward()
    assert torch.isfinite(images.grad).all()


def test_the_usual_categories_draw_as_they_did_before_there_were_others():
    images = torch.linspace(-1, 1, 6 * 3 * 28 * 28).view(6, 3, 28, 28)
    seen = augment(images, 0.8, draws(3)).double()
    assert (seen.mean().item(), seen.std().item()) == pytest.approx((0.241806, 0.454320), abs=1e-6)


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_alone_changes_images_and_only_with_strength(category):
    images = torch.randn(40, 3, 8, 8)
    assert augment(images, 0.0, draws(), categories={category}) is images
    seen = augment(images, 0.8, draws(), categories={category})
    assert 10 < (seen != images).flatten(1).any(dim=1).sum() <= 40
    assert seen.shape == images.shape


def test_whole_pixels_are_moved_without_geometry_and_shades_kept_without_colour():
    images = torch.randn(30, 3, 16, 16)
    seen = augment(images, 0.8, draws(), categories={"pixels"})
    values = [set(one.flatten().tolist()) for one in images]
    assert all(set(one.flatten().tolist()) <= of for one, of in zip(seen, values, strict=True))


def test_adaptive_augmentation_needs_something_that_it_may_change():
    off = {f"augment_{name}": False for name in CATEGORIES}
    with pytest.raises(ConfigError, match="nothing is left to adapt"):
        generator_config("conditional_gan", augmentation="adaptive", **off)
    assert generator_config("conditional_gan", **off).categories == frozenset()
    assert generator_config("conditional_gan").categories == {"pixels", "geometry", "colour"}


def test_a_discriminator_sees_the_categories_that_are_chosen():
    images = torch.ones(64, 1, 16, 16)
    off = {f"augment_{name}": False for name in CATEGORIES}
    sees = view(augmentation="adaptive", **off | {"augment_cutout": True})
    sees.strength = 0.8
    assert set(sees(images, "fakes", 0).unique().tolist()) == {0, 1}


def test_the_gradient_is_that_of_small_steps():
    images = torch.randn(2, 3, 6, 6, dtype=torch.float64, requires_grad=True)
    maps = geometry.rotations(np.array([0.4, 2.0])) @ geometry.scalings(one(1.2), one(0.9))
    shades = colour.hue_rotations(np.array([0.3, -1.0]))
    assert torch.autograd.gradcheck(
        lambda x: colour.recolour(geometry.warp(x, maps), shades), images
    )


def test_differentiable_augmentation_moves_by_an_eighth_and_cuts_a_quarter():
    images = torch.full((64, 1, 16, 16), 5.0)
    seen = augment_differentiably(images, draws())
    gone = (seen == 0).flatten(1).float().mean(dim=1)
    assert gone.max() <= 1 / 4 + 2 * 2 / 16
    # A cut reaches half out of the image at most.
    assert gone.min() >= 1 / 16
    # What is left has one shade: all that changed is its brightness, within half a unit.
    rest = [image[image != 0] for image in seen]
    assert all((one - one[0]).abs().max() < 1e-5 for one in rest)
    shades = torch.stack([one[0] for one in rest])
    assert shades.min() > 4.4
    assert shades.max() < 5.6
    assert shades.std() > 0.2


def view(**settings):
    return View(generator_config("conditional_gan", steps=1000, batch_size=64, **settings), seed=4)


def test_real_images_and_fakes_are_changed_alike_but_by_draws_of_their_own():
    images = torch.randn(8, 1, 16, 16)
    for settings in ({"augmentation": "differentiable"}, {"augmentation": "adaptive"}):
        sees = view(**settings)
        sees.strength = 0.6
        assert torch.equal(sees(images, "fakes", 3), sees(images, "fakes", 3))
        assert not torch.equal(sees(images, "fakes", 3), sees(images, "fakes", 4))
        assert not torch.equal(sees(images, "fakes", 3), sees(images, "real images", 3))
    plain = view()
    assert plain(images, "fakes", 3) is images
    assert plain.curve() == plain.tensors() == {}


def test_noise_fades_until_the_last_step():
    images = torch.zeros(8, 1, 16, 16)
    sees = view(instance_noise=0.5, discriminator_steps=2)
    deviations = [sees(images, "fakes", batch).std().item() for batch in (0, 1000, 2000)]
    assert deviations == pytest.approx([0.5, 0.25, 0], abs=0.03)


def test_the_strength_grows_with_overfitting_and_falls_without():
    sees = view(augmentation="adaptive", augmentation_target=0.6)
    strengths = []
    for overfitting in [0.9] * 400 + [0.2] * 400:
        sees.adapt(torch.tensor(overfitting))
        strengths.append(sees.strength)
    assert strengths[: ADJUST_EVERY - 1] == [0.0] * (ADJUST_EVERY - 1)
    # A fifth of 1,000 steps takes it from 0 to 1; it ends where changes would begin to leak.
    assert strengths[99] == pytest.approx(0.5)
    assert strengths[399] == STRONGEST
    assert strengths[499] == pytest.approx(STRONGEST - 0.5)
    assert strengths[-1] == 0


def test_it_settles_where_overfitting_meets_the_target():
    sees = view(augmentation="adaptive", augmentation_target=0.6)
    for _ in range(1000):
        # A discriminator that overfits the less, the more it is shown.
        sees.adapt(torch.tensor(1 - sees.strength))
    assert sees.strength == pytest.approx(0.4, abs=0.03)


def test_a_long_training_adjusts_in_as_many_images_as_the_paper():
    config = generator_config(
        "conditional_gan", steps=1_000_000, batch_size=64, augmentation="adaptive"
    )
    sees = View(config, seed=1)
    for _ in range(ADJUST_EVERY):
        sees.adapt(torch.tensor(1.0))
    assert sees.strength == pytest.approx(64 * ADJUST_EVERY / 500_000)


def test_the_strength_resumes_between_two_adjustments():
    straight, stopped = (view(augmentation="adaptive") for _ in range(2))
    heard = torch.linspace(0.3, 1, 10)
    for value in heard[:6]:
        straight.adapt(value)
        stopped.adapt(value)
    resumed = view(augmentation="adaptive")
    resumed.restore(stopped.tensors())
    for value in heard[6:]:
        straight.adapt(value)
        resumed.adapt(value)
    assert resumed.strength == straight.strength > 0
