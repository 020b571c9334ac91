"""Taking something from images that nobody can bring back, differentiably: noise and cutout."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def with_noise(
    images: Tensor, deviations: NDArray[np.float64], numbers: NDArray[np.float32]
) -> Tensor:
    """Images (N, C, H, W) and so many standard normal `numbers`, times `deviations` (N,)."""
    by = torch.from_numpy(deviations).to(images)[:, None, None, None]
    return images + by * torch.from_numpy(numbers).to(images)


def cut_out(images: Tensor, tops: NDArray[np.int64], lefts: NDArray[np.int64]) -> Tensor:
    """Images (N, C, H, W) with 0 in a rectangle of half their height and width.

    It begins in row `tops` (N,) and column `lefts` (N,); what of it lies outside changes nothing.
    """
    _, _, height, width = images.shape
    rows, columns = _within(tops, height), _within(lefts, width)
    kept = ~(rows[:, None, :, None] & columns[:, None, None, :])
    return images * kept.to(images)


def _within(starts: NDArray[np.int64], size: int) -> Tensor:
    """Which of the pixels (N, size) of an axis lie in the half from `starts` (N,) on."""
    from_start = torch.arange(size) - torch.from_numpy(starts)[:, None]
    return (from_start >= 0) & (from_start < size // 2)
