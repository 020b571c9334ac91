"""Octaves of an image's frequencies, made stronger or weaker."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.generators.parts.augmentation import random_gains
from ml_engine.generators.parts.filtering import BANDS, SHARES, amplify, levelled, octaves

BORDERS = np.pi / np.array([8, 4, 2, 1])
"""Where each band ends, in radians a pixel."""


def draws(seed=0):
    return np.random.default_rng(seed)


def responses(frequencies):
    """What each band lets through (4, F) of these frequencies."""
    offsets = np.arange(-21, 22)
    return octaves() @ np.cos(np.outer(offsets, frequencies))


def test_the_bands_sum_to_the_image_and_each_keeps_to_its_octave():
    bands = octaves()
    np.testing.assert_array_equal(bands.sum(axis=0), np.eye(43)[21])
    np.testing.assert_array_equal(bands, bands[:, ::-1])
    starts = np.concatenate([[0], BORDERS[:-1]])
    middles = (starts + BORDERS) / 2
    assert np.diag(responses(middles)).min() > 0.7
    assert (responses(middles).argmax(axis=0) == np.arange(BANDS)).all()
    np.testing.assert_allclose(np.diag(responses(BORDERS[:-1])), 0.5, atol=0.04)
    np.testing.assert_allclose(responses([0.0, np.pi])[[0, -1], [0, -1]], 1, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 1, 8, 8), (2, 3, 9, 28), (2, 3, 64, 64)], ids=str)
def test_gains_of_one_leave_every_bit_and_a_wave_gets_its_own_band_s_gain(shape):
    images = torch.randn(shape)
    assert torch.equal(amplify(images, np.ones((shape[0], BANDS))), images)
    gains = np.array([[1.2, 0.5, 3.0, 2.0]]).repeat(shape[0], axis=0)
    # On mirrors at both ends a whole number of half waves is a wave that goes on for ever.
    across = torch.arange(shape[3]) + 0.5
    for halves in (0, shape[3] // 4, shape[3] // 2):
        frequency = np.pi * halves / shape[3]
        wave = torch.cos(across * frequency).expand(shape)
        expected = wave * gains[0, 0] * (gains[:1] @ responses([frequency])).item()
        torch.testing.assert_close(amplify(wave, gains), expected, atol=1e-5, rtol=1e-5)


def test_a_spectrum_as_assumed_keeps_its_power_on_each_axis():
    factors = 2 ** draws().normal(0, 1, (500, BANDS))
    for band in range(BANDS):
        alone = np.ones_like(factors)
        alone[:, band] = factors[:, band]
        np.testing.assert_allclose((levelled(alone) ** 2) @ SHARES, 1)
    # One after the other, each weighed against all bands: a product, not a sum.
    expected = [
        np.prod([levelled(np.where(np.eye(BANDS)[i], row, 1)[None])[0] for i in range(BANDS)], 0)
        for row in factors[:5]
    ]
    np.testing.assert_allclose(levelled(factors[:5]), expected)


def test_an_axis_of_that_spectrum_keeps_its_power_on_average_and_would_not_otherwise():
    frequencies = np.linspace(0, np.pi, 4001)
    band = np.searchsorted(BORDERS[:-1], frequencies)
    spectrum = SHARES[band] / np.bincount(band)[band]
    factors = 2 ** draws().normal(0, 1, (5000, BANDS))
    kept, grown = (
        ((gains @ responses(frequencies)) ** 2 @ spectrum).mean()
        for gains in (levelled(factors), factors)
    )
    # Neighbouring bands overlap, so not exactly.
    assert kept == pytest.approx(1, abs=0.03)
    assert grown > 2


def test_each_band_is_chosen_by_itself_and_as_often_as_the_strength_says():
    assert (random_gains(100, 0.0, draws()) == 1).all()
    gains = random_gains(4000, 0.2, draws())
    assert (gains == 1).all(axis=1).mean() == pytest.approx(0.8**BANDS, abs=0.03)
    # Between two bands the ratio of gains is that of their factors.
    ratio = np.log2(gains[:, 3] / gains[:, 2])
    assert (np.abs(ratio) > 1e-9).mean() == pytest.approx(1 - 0.8**2, abs=0.03)
    surely = np.log2(random_gains(4000, 1.0, draws()))
    assert (surely[:, 3] - surely[:, 2]).std() == pytest.approx(np.sqrt(2), abs=0.05)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_gradient_is_that_of_small_steps(channels):
    images = torch.randn(2, channels, 8, 9, dtype=torch.float64, requires_grad=True)
    gains = random_gains(2, 1.0, draws())
    assert torch.autograd.gradcheck(lambda x: amplify(x, gains), images)
