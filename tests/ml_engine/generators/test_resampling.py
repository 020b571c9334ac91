"""Changing rates, beside zeros that are set and sums that are taken one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d

from ml_engine.generators.parts.resampling import downsampled, upsampled

CASES = [
    (2, (9, 8)),
    (4, (21, 20)),
    (2, (-1, -2)),
    (2, (14, 12)),
    (1, (2, 3)),
]


def plainly(x, taps, up, padding, down):
    """One map (H, W) with zeros between, padded or cut, filtered, thinned."""
    f = np.outer(taps, taps) if taps.ndim == 1 else taps
    wide = np.zeros((x.shape[0] * up, x.shape[1] * up))
    wide[::up, ::up] = x
    room = 60
    wide = np.pad(wide, room)
    before, after = room - padding[0], room - padding[1]
    wide = wide[before : wide.shape[0] - after, before : wide.shape[1] - after]
    return convolve2d(wide, f, mode="valid")[::down, ::down]


@pytest.mark.parametrize(("up", "padding"), CASES)
@pytest.mark.parametrize("is_separable", [True, False])
def test_maps_are_filtered_between_zeros_that_are_given_back(up, padding, is_separable):
    draws = np.random.default_rng(0)
    x, taps = draws.normal(size=(2, 3, 9, 11)), draws.normal(size=12)
    taps = taps if is_separable else draws.normal(size=(12, 12))
    found = upsampled(torch.from_numpy(x), torch.from_numpy(taps), up, padding).numpy()
    for image, expected in ((i, c) for i in range(2) for c in range(3)):
        plain = up**2 * plainly(x[image, expected], taps, up, padding, 1)
        np.testing.assert_allclose(found[image, expected], plain, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("padding", [(0, 0), (2, 2), (3, 1), (-1, 2)])
@pytest.mark.parametrize("down", [1, 2])
@pytest.mark.parametrize("is_separable", [True, False])
def test_every_so_many_th_filtered_sample_is_kept(padding, down, is_separable):
    draws = np.random.default_rng(0)
    x, taps = draws.normal(size=(1, 2, 12, 13)), draws.normal(size=5)
    taps = taps if is_separable else draws.normal(size=(5, 5))
    found = downsampled(torch.from_numpy(x), torch.from_numpy(taps), down, padding).numpy()
    for channel in range(2):
        plain = plainly(x[0, channel], taps, 1, padding, down)
        np.testing.assert_allclose(found[0, channel], plain, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(4,), (4, 4)])
def test_both_have_derivatives_of_derivatives(shape):
    taps = torch.randn(shape, dtype=torch.float64)
    x = torch.randn(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: upsampled(x, taps, 2, (2, 1)).square(), x)
    assert torch.autograd.gradgradcheck(lambda x: downsampled(x, taps, 2, (1, 1)).square(), x)


def test_maps_stay_channels_last_in_memory():
    x = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last)
    for y in (upsampled(x, torch.ones(12), 2, (9, 8)), downsampled(x, torch.ones(4), 2)):
        assert y.is_contiguous(memory_format=torch.channels_last)
