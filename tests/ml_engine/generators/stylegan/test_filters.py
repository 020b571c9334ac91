"""What filters let pass, by their Fourier transform."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import kaiser_atten, kaiser_beta

from ml_engine.generators.stylegan.bands import bands
from ml_engine.generators.stylegan.filters import (
    attenuation,
    low_pass,
    radial_low_pass,
    triangle,
    window_shape,
)

SPACING = 1024
BANDS = [
    pytest.param(6 * 2, one.cutoff, 2 * one.half_width, 2 * one.rate, id=f"{number}")
    for number, one in enumerate(bands(64, 14, 16, 64, 3)[:-3])
]
"""Of the layers that are not sampled critically."""
SHORT_DB = 6
"""Kaiser's formula is fitted to long filters; those of 12 taps miss it by no more than this."""


def gains(taps: torch.Tensor, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies along one axis up to half the rate, and how much of each passes."""
    row = taps.numpy().astype(np.float64)
    row = row.sum(axis=0) if row.ndim == 2 else row
    return np.fft.rfftfreq(SPACING, 1 / rate), np.abs(np.fft.rfft(row, SPACING))


@pytest.mark.parametrize(("taps", "cutoff", "width", "rate"), BANDS)
@pytest.mark.parametrize("design", [low_pass, radial_low_pass])
def test_what_lies_in_the_stop_band_is_weakened_as_kaisers_formula_promises(
    design, taps, cutoff, width, rate
):
    frequencies, passed = gains(design(taps, cutoff, width, rate), rate)
    stopped = passed[frequencies >= cutoff + width / 2].max()
    assert -20 * np.log10(stopped) >= attenuation(taps, width, rate) - SHORT_DB
    assert passed[0] == pytest.approx(1)
    assert passed[frequencies <= max(0, cutoff - width / 2)].min() > 0.9


def test_a_long_filter_keeps_the_promise_nearly():
    frequencies, passed = gains(low_pass(64, 8.0, 4.0, 64.0), 64.0)
    stopped = passed[frequencies >= 10.0].max()
    assert -20 * np.log10(stopped) == pytest.approx(attenuation(64, 4.0, 64.0), abs=2)


@pytest.mark.parametrize(("taps", "cutoff", "width", "rate"), BANDS[7::4])
def test_a_radial_filter_is_more_alike_in_all_directions_than_a_separable_one(
    taps, cutoff, width, rate
):
    at = (np.arange(taps) - (taps - 1) / 2) / rate
    angles = np.linspace(0, np.pi / 2, 7)

    def most_unlike(f: np.ndarray) -> float:
        def passed(frequency: float, angle: float) -> float:
            x, y = frequency * np.cos(angle), frequency * np.sin(angle)
            wave = np.cos(2 * np.pi * (x * at[None] + y * at[:, None]))
            return float((f * wave).sum())

        around = np.linspace(0, cutoff + width / 2, 9)
        return max(np.ptp([passed(frequency, angle) for angle in angles]) for frequency in around)

    one = low_pass(taps, cutoff, width, rate).numpy().astype(np.float64)
    both = radial_low_pass(taps, cutoff, width, rate).numpy().astype(np.float64)
    assert most_unlike(both) < 0.5 * most_unlike(np.outer(one, one))


@pytest.mark.parametrize("decibels", [10.0, 30.0, 45.0, 80.0])
def test_the_window_is_kaisers(decibels):
    assert window_shape(decibels) == pytest.approx(kaiser_beta(decibels))


def test_the_attenuation_is_kaisers():
    assert attenuation(12, 5.0, 64.0) == pytest.approx(kaiser_atten(12, 5.0 / 32))


def test_the_triangle_weighs_neighbours_by_their_distance():
    assert triangle().sum() == 1
    assert triangle()[1, 2] == 9 / 64
    assert triangle()[0, 0] == 1 / 64
