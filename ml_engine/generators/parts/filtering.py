"""Amplifying the octaves of images, differentiably.

The image-space filters of Karras et al. 2020 (ADA), appendix B: the same filter goes along rows and
along columns. An axis has four bands, from the coarsest eighth of its frequencies (0 to π/8) to the
finest half (π/2 to π), each an octave above the one before.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.generators.parts.geometry import mirrored

Gains = NDArray[np.float64]

BANDS = 4
SHARES = np.array([10, 1, 1, 1]) / 13
"""Of the bands in the power that images are assumed to have, about 1/f."""
LOW = np.array([-1, 0, 9, 16, 9, 0, -1]) / 32
"""H(z) H(1/z) / 2 of the wavelet sym2: the lower half of the frequencies."""
HIGH = np.array([1, 0, -9, 16, -9, 0, 1]) / 32
"""H(-z) H(-1/z) / 2: all that `LOW` leaves, so that the two sum to the identity."""


def octaves() -> NDArray[np.float64]:
    """Filters (4, 43) of the bands, coarsest first, each symmetric; they sum to the identity."""
    rest, bands = np.ones(1), []
    for step in (2**number for number in range(BANDS - 1)):
        bands.append(np.convolve(rest, _spread(HIGH, step)))
        rest = np.convolve(rest, _spread(LOW, step))
    room = [(len(rest) - len(band)) // 2 for band in bands]
    finest_first = [np.pad(band, by) for band, by in zip(bands, room, strict=True)]
    return np.stack([rest, *reversed(finest_first)])


def _spread(taps: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """With zeros between: the same filter on every `step`-th sample."""
    wide = np.zeros((len(taps) - 1) * step + 1)
    wide[::step] = taps
    return wide


def levelled(factors: Gains) -> Gains:
    """Gains (N, 4) of the bands from the `factors` (N, 4) by which each is to stand out.

    Each factor is weighed against all bands, so that a spectrum of `SHARES` keeps its power.
    """
    powers = 1 + SHARES * (factors**2 - 1)
    gains: Gains = factors / np.sqrt(powers).prod(axis=1, keepdims=True)
    return gains


def amplify(images: Tensor, gains: Gains) -> Tensor:
    """Images (N, C, H, W) of any size with their bands amplified by `gains` (N, 4) on both axes.

    Mirrored beyond their edges. Gains of 1 leave an image bit by bit.
    """
    # A filter is a matrix over pixels, with the mirrors folded in: on small images faster than a
    # convolution of its own for each image, and its gradient repeats.
    down, across = (_change(images, gains, axis) for axis in (2, 3))
    images = images + down @ images
    images = images + images @ across.mT
    return images.contiguous(memory_format=torch.channels_last)


def _change(images: Tensor, gains: Gains, axis: int) -> Tensor:
    """What filters add to an axis of S pixels: matrices (N, 1, S, S), 0 where gains are 1."""
    more = torch.from_numpy(gains - 1).to(images)
    bands = _matrices(images.shape[axis], images.device, images.dtype)
    return torch.einsum("nb,bij->nij", more, bands)[:, None]


@lru_cache(4)
def _matrices(size: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """The filters as matrices (4, S, S) over an axis with mirrors at both ends."""
    filters = torch.from_numpy(octaves())
    reach, rows = filters.shape[1] // 2, torch.arange(size)
    matrices = torch.zeros(BANDS, size, size, dtype=filters.dtype)
    for offset, taps in zip(range(-reach, reach + 1), filters.unbind(dim=1), strict=True):
        matrices[:, rows, mirrored(rows + offset, size)] += taps[:, None]
    return matrices.to(device, dtype)
