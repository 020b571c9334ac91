"""Low-pass filters (Karras et al. 2021, appendix C): as designed, with frequencies in any unit."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import firwin
from scipy.signal.windows import kaiser
from scipy.special import j1
from torch import Tensor


def attenuation(taps: int, width: float, rate: float) -> float:
    """Decibels by which a Kaiser filter of `taps` weakens what lies beyond a transition band of
    `width`, samples coming at `rate`: A = 2.285 (n - 1) π Δf + 7.95 (Kaiser 1974)."""
    return 2.285 * (taps - 1) * math.pi * width / (rate / 2) + 7.95


def window_shape(decibels: float) -> float:
    """Kaiser's β for an attenuation (Kaiser 1974)."""
    if decibels > 50:
        return 0.1102 * (decibels - 8.7)
    if decibels > 21:
        return 0.5842 * math.pow(decibels - 21, 0.4) + 0.07886 * (decibels - 21)
    return 0.0


def low_pass(taps: int, cutoff: float, width: float, rate: float) -> Tensor:
    """Separable taps (T,) of a Kaiser-windowed sinc, summing to 1: passes frequencies under
    `cutoff`, with a transition band of `width` around it, of samples that come at `rate`."""
    return _single(firwin(taps, cutoff, width=width, fs=rate))


def radial_low_pass(taps: int, cutoff: float, width: float, rate: float) -> Tensor:
    """Taps (T, T) alike in all directions: a jinc, J₁(2π f_c r) / πr, under the outer product of
    two Kaiser windows, summing to 1; otherwise as `low_pass`. `taps` must be even."""
    at = (np.arange(taps) - (taps - 1) / 2) / rate
    radius = np.hypot(at[:, None], at)
    window = kaiser(taps, window_shape(attenuation(taps, width, rate)))
    f = j1(2 * np.pi * cutoff * radius) / (np.pi * radius) * np.outer(window, window)
    return _single(f / f.sum())


def triangle() -> Tensor:
    """Taps (4, 4) of the binomial filter [1, 3, 3, 1] on both axes, summing to 1 (Karras et al.
    2019, §4, after Zhang 2019)."""
    f = np.array([1.0, 3, 3, 1]) / 8
    return _single(np.outer(f, f))


def _single(f: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.asarray(f, np.float32))
