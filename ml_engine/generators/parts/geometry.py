"""Moving the pixels of images by affine maps, differentiably.

Coordinates are (x, y) in pixels from the middle of the image, y downwards; a map is a float64
matrix (N, 3, 3) that says where each image's points go.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Maps = NDArray[np.float64]

TAPS = range(-1, 3)
"""Pixels on each axis that a cubic interpolation reads, from the one at or before the point."""


def _maps(*rows: tuple[NDArray[np.float64] | float, ...]) -> Maps:
    entries = np.broadcast_arrays(*(np.asarray(entry, float) for row in rows for entry in row))
    return np.stack(entries, axis=-1).reshape(-1, 3, 3)


def translations(x: NDArray[np.float64], y: NDArray[np.float64]) -> Maps:
    """Moves by `x` (N,) pixels to the right and `y` (N,) down."""
    return _maps((1, 0, x), (0, 1, y), (0, 0, 1))


def scalings(x: NDArray[np.float64], y: NDArray[np.float64]) -> Maps:
    """Stretches by the factors `x` (N,) across and `y` (N,) up and down."""
    return _maps((x, 0, 0), (0, y, 0), (0, 0, 1))


def rotations(angle: NDArray[np.float64]) -> Maps:
    """Turns clockwise by `angle` (N,) in radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    return _maps((cos, -sin, 0), (sin, cos, 0), (0, 0, 1))


def quarter_turns(count: NDArray[np.int64]) -> Maps:
    """Turns clockwise by `count` (N,) times 90°, exact where `rotations` would round."""
    cos, sin = np.array([1, 0, -1, 0])[count % 4], np.array([0, 1, 0, -1])[count % 4]
    return _maps((cos, -sin, 0), (sin, cos, 0), (0, 0, 1))


def warp(images: Tensor, maps: Maps) -> Tensor:
    """Move the pixels of images (N, C, H, W) by `maps`, mirrored beyond their edges.

    Interpolates by cubic convolution (Keys 1981, a = -½), which leaves an image that is moved by
    whole pixels as it is. Written with `gather`, whose gradient, unlike `grid_sample`'s, repeats
    bit by bit on a GPU and has a gradient of its own.
    """
    _, channels, height, width = images.shape
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    points = torch.stack([x, y]).flatten(1) - middle[:, None]
    # Each pixel of the result asks where it comes from.
    back = torch.from_numpy(np.linalg.inv(maps)[:, :2]).float()
    sources = back[:, :, :2] @ points + back[:, :, 2:] + middle[:, None]
    from_x, from_y = sources.to(images.device).unbind(dim=1)
    left, top = from_x.floor(), from_y.floor()
    columns = [mirrored(left + tap, width) for tap in TAPS]
    rows = [mirrored(top + tap, height) * width for tap in TAPS]
    across, down = _cubic(from_x - left), _cubic(from_y - top)
    pixels = images.flatten(2)
    warped = torch.zeros_like(pixels)
    for row, down_by in zip(rows, down, strict=True):
        for column, across_by in zip(columns, across, strict=True):
            at = (row + column).long()[:, None].expand(-1, channels, -1)
            warped = torch.addcmul(warped, (down_by * across_by)[:, None], pixels.gather(2, at))
    return warped.view_as(images).contiguous(memory_format=torch.channels_last)


def _cubic(t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights of the four `TAPS` at distance `t` in [0, 1) from the second."""
    t2, t3 = t * t, t * t * t
    return (
        -t / 2 + t2 - t3 / 2,
        1 - 5 / 2 * t2 + 3 / 2 * t3,
        t / 2 + 2 * t2 - 3 / 2 * t3,
        (t3 - t2) / 2,
    )


def mirrored(index: Tensor, size: int) -> Tensor:
    """Any whole numbers to ones from 0 and below `size`, as if mirrors stood at both edges."""
    index = index.remainder(2 * size)
    return torch.minimum(index, 2 * size - 1 - index)
