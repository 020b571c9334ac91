"""Altering what a discriminator sees, so that it cannot learn few images by heart.

Real and synthetic images are altered alike, and differentiably, so that the generator learns
through it. Draws are NumPy's, and as many whatever the strength, so that an image is altered in
the same way, only more often, as the strength grows.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.generators.parts import colour, geometry

FARTHEST = 1 / 8
"""Share of the side by which images are moved at most (or, fractionally, the deviation)."""
LEANING = np.pi / 12
"""Largest turn of images whose class depends on which way they stand."""


def augment(
    images: Tensor, strength: float, draws: np.random.Generator, *, turns: bool = True
) -> Tensor:
    """The invertible pipeline of Karras et al. 2020 (ADA), appendix B: pixel, geometry, colour.

    Each change is made to each image (N, C, H, W) in [-1, 1] with probability `strength`. Without
    `turns`, nothing is flipped and no more than tilted, for images whose class depends on it. In
    place of the paper's wavelet filters there is cubic interpolation, which suits small images.
    """
    if strength == 0:
        return images
    count, _, height, width = images.shape
    moves = random_moves(count, (width, height), strength, draws, turns=turns)
    shades = random_shades(count, strength, draws)
    return colour.recolour(geometry.warp(images, moves), shades)


def random_moves(
    count: int, size: tuple[int, int], p: float, draws: np.random.Generator, *, turns: bool
) -> geometry.Maps:
    """Geometric maps (N, 3, 3) for images of `size` (width, height), in the paper's order."""

    def some(values: NDArray[np.float64], probability: float = p) -> NDArray[np.float64]:
        """`values`, or 0 (nothing changes) for those that are not chosen."""
        return np.where(draws.random(count) < probability, values, 0)

    sides = np.array(size)[:, None]
    # Two turns, before and after stretching, together happen with probability p.
    p_turn = 1 - np.sqrt(1 - p)
    flip = some(draws.integers(0, 2, count).astype(float)) * turns
    quarter = some(draws.integers(0, 4, count).astype(float)).astype(np.int64) * turns
    whole = some(np.round(draws.uniform(-FARTHEST, FARTHEST, (2, count)) * sides))
    scale = 2 ** some(draws.normal(0, 0.2, count))
    widest = np.pi if turns else LEANING
    before = some(draws.uniform(-widest, widest, count), p_turn)
    stretch = 2 ** some(draws.normal(0, 0.2, count))
    after = some(draws.uniform(-widest, widest, count), p_turn)
    fraction = some(draws.normal(0, FARTHEST, (2, count)) * sides)
    ones = np.ones(count)
    return _in_turn(
        geometry.scalings(1 - 2 * flip, ones),
        geometry.quarter_turns(quarter),
        geometry.translations(*whole),
        geometry.scalings(scale, scale),
        geometry.rotations(before),
        geometry.scalings(stretch, 1 / stretch),
        geometry.rotations(after),
        geometry.translations(*fraction),
    )


def random_shades(count: int, p: float, draws: np.random.Generator) -> colour.Maps:
    """Maps (N, 4, 4) of colours, in the paper's order."""

    def some(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(draws.random(count) < p, values, 0)

    return _in_turn(
        colour.brightnesses(some(draws.normal(0, 0.2, count))),
        colour.contrasts(2 ** some(draws.normal(0, 0.5, count))),
        colour.luma_flips(some(draws.integers(0, 2, count).astype(float)) > 0),
        colour.hue_rotations(some(draws.uniform(-np.pi, np.pi, count))),
        colour.saturations(2 ** some(draws.normal(0, 1, count))),
    )


def _in_turn(*maps: NDArray[np.float64]) -> NDArray[np.float64]:
    """One map that does what these do one after the other."""
    return reduce(lambda done, then: then @ done, maps)


def augment_differentiably(images: Tensor, draws: np.random.Generator) -> Tensor:
    """Colour, translation and cutout of every image (Zhao et al. 2020, DiffAugment, appendix).

    Images (N, C, H, W) in [-1, 1]; where one is moved away or cut out it is 0. Saturation changes
    nothing on grey ones.
    """
    shades = torch.from_numpy(draws.random((3, len(images)), dtype=np.float32))
    brightness, saturation, contrast = shades.to(images.device)[:, :, None, None, None]
    images = images + brightness - 0.5
    grey = images.mean(dim=1, keepdim=True)
    images = (images - grey) * (2 * saturation) + grey
    level = images.mean(dim=(1, 2, 3), keepdim=True)
    images = (images - level) * (contrast + 0.5) + level
    return _cut_out(_translated(images, draws), draws)


def _translated(images: Tensor, draws: np.random.Generator) -> Tensor:
    """Moved by whole pixels, at most `FARTHEST`, with 0 behind them."""
    count, _, height, width = images.shape
    columns, kept_columns = _offset(width, count, draws)
    rows, kept_rows = _offset(height, count, draws)
    pixels = images.permute(0, 2, 3, 1)
    number = torch.arange(count)[:, None, None]
    moved = pixels[number, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    kept = kept_rows[:, None, :, None] & kept_columns[:, None, None, :]
    return moved * kept.to(images)


def _offset(size: int, count: int, draws: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Where each pixel of an axis comes from (N, size), and whether that was in the image."""
    most = round(size * FARTHEST)
    by = torch.from_numpy(draws.integers(-most, most + 1, (count, 1)))
    source = torch.arange(size) - by
    inside = (source >= 0) & (source < size)
    return source.clamp(0, size - 1), inside


def _cut_out(images: Tensor, draws: np.random.Generator) -> Tensor:
    """Without a rectangle of half the height and width, somewhere (perhaps partly outside)."""
    count, _, height, width = images.shape
    outside = []
    for size in (height, width):
        middle = torch.from_numpy(draws.integers(0, size + 1, (count, 1)))
        from_start = torch.arange(size) - middle + size // 4
        outside.append((from_start < 0) | (from_start >= size // 2))
    kept = outside[0][:, None, :, None] | outside[1][:, None, None, :]
    return images * kept.to(images)
