"""Noise and cutout: how much of them, where, and how often."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.generators.parts.augmentation import NOISE, augment
from ml_engine.generators.parts.corruption import cut_out

SHAPES = pytest.mark.parametrize("shape", [(2000, 1, 8, 8), (2000, 3, 12, 16)], ids=str)


def altered(images, category, strength=1.0):
    return augment(images, strength, np.random.default_rng(0), categories={category})


@SHAPES
def test_noise_has_a_half_normal_deviation_of_its_own_on_each_image(shape):
    noise = altered(torch.zeros(shape), "noise")
    deviations = noise.flatten(1).std(dim=1)
    # E[σ²] is the scale's square; E[σ] of a half-normal is √(2/π) of it.
    assert noise.std() == pytest.approx(NOISE, rel=0.06)
    assert deviations.mean() == pytest.approx(NOISE * np.sqrt(2 / np.pi), rel=0.06)
    if shape[1] == 3:
        red, green = noise[:, 0].flatten(), noise[:, 1].flatten()
        assert abs((red * green).mean() / noise.square().mean()) < 0.02


@SHAPES
def test_cutout_takes_half_the_height_and_width_around_any_point(shape):
    height, width = shape[2:]
    gone = altered(torch.ones(shape), "cutout") == 0
    assert (gone == gone[:, :1]).all()
    rows, columns = gone[:, 0].any(dim=2).sum(dim=1), gone[:, 0].any(dim=1).sum(dim=1)
    assert torch.equal(gone[:, 0].sum(dim=(1, 2)), rows * columns)
    assert (rows.min(), rows.max()) == (height // 4, height // 2)
    assert (columns.min(), columns.max()) == (width // 4, width // 2)
    # A middle that is anywhere leaves 7/16 of each axis within the image, on average.
    assert gone.float().mean() == pytest.approx((7 / 16) ** 2, rel=0.05)


def test_what_is_cut_out_may_lie_outside():
    images = torch.ones(3, 1, 8, 8)
    seen = cut_out(images, np.array([0, -3, 8]), np.array([2, 6, 0]))
    assert (seen[0] == 0).nonzero()[:, 1:].aminmax(dim=0).min.tolist() == [0, 2]
    assert (seen == 0).sum(dim=(1, 2, 3)).tolist() == [16, 1 * 2, 0]


@pytest.mark.parametrize("category", ["noise", "cutout"])
def test_it_happens_as_often_as_the_strength_says_and_else_leaves_every_bit(category):
    images = torch.randn(4000, 1, 8, 8)
    for strength in (0.1, 0.6):
        changed = (altered(images, category, strength) != images).flatten(1).any(dim=1)
        assert changed.float().mean() == pytest.approx(strength, abs=0.03)
