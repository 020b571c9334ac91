"""Altering what a discriminator sees, so that it cannot learn few images by heart.

Real and synthetic images are altered alike, and differentiably, so that the generator learns
through it. Draws are NumPy's, and as many whatever the strength, so that an image is altered in
the same way, only more often, as the strength grows.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.config.generators.adversarial import CATEGORIES
from ml_engine.generators.parts import colour, corruption, filtering, geometry

FARTHEST = 1 / 8
"""Share of the side by which images are moved at most (or, fractionally, the deviation)."""
NOISE = 0.1
"""Scale of the half-normal deviation of added noise."""
LEANING = np.pi / 12
"""Largest turn of images whose class depends on which way they stand."""


def augment(
    images: Tensor,
    strength: float,
    draws: np.random.Generator,
    *,
    turns: bool = True,
    categories: Collection[str] = frozenset({"pixels", "geometry", "colour"}),
) -> Tensor:
    """The pipeline of Karras et al. 2020 (ADA), appendix B: those of `CATEGORIES` that are named,
    where nothing is said the invertible ones that the paper settles on.

    Each change is made to each image (N, C, H, W) in [-1, 1] with probability `strength`. Without
    `turns`, nothing is flipped and no more than tilted, for images whose class depends on it. In
    place of the paper's wavelet filters, pixels are moved by cubic interpolation, which suits small
    images.
    """
    if strength == 0:
        return images
    count, _, height, width = images.shape
    p = {name: strength if name in categories else 0.0 for name in CATEGORIES}
    if p["pixels"] or p["geometry"]:
        size = (width, height)
        moves = random_moves(count, size, p["pixels"], p["geometry"], draws, turns=turns)
        images = geometry.warp(images, moves)
    if p["colour"]:
        images = colour.recolour(images, random_shades(count, strength, draws))
    if p["frequencies"]:
        images = filtering.amplify(images, random_gains(count, strength, draws))
    if p["noise"]:
        deviations = random_deviations(count, strength, draws)
        numbers = draws.standard_normal(tuple(images.shape), dtype=np.float32)
        images = corruption.with_noise(images, deviations, numbers)
    if p["cutout"]:
        images = corruption.cut_out(
            images, *random_corners(count, (height, width), strength, draws)
        )
    return images


def random_moves(
    count: int,
    size: tuple[int, int],
    p_pixels: float,
    p_geometry: float,
    draws: np.random.Generator,
    *,
    turns: bool,
) -> geometry.Maps:
    """Geometric maps (N, 3, 3) for images of `size` (width, height), in the paper's order."""

    def some(values: NDArray[np.float64], p: float) -> NDArray[np.float64]:
        return _some(values, p, draws)

    sides = np.array(size)[:, None]
    # Two turns, before and after stretching, together happen with probability p.
    p_turn = 1 - np.sqrt(1 - p_geometry)
    flip = some(draws.integers(0, 2, count).astype(float), p_pixels) * turns
    quarter = some(draws.integers(0, 4, count).astype(float), p_pixels).astype(np.int64) * turns
    whole = some(np.round(draws.uniform(-FARTHEST, FARTHEST, (2, count)) * sides), p_pixels)
    scale = 2 ** some(draws.normal(0, 0.2, count), p_geometry)
    widest = np.pi if turns else LEANING
    before = some(draws.uniform(-widest, widest, count), p_turn)
    stretch = 2 ** some(draws.normal(0, 0.2, count), p_geometry)
    after = some(draws.uniform(-widest, widest, count), p_turn)
    fraction = some(draws.normal(0, FARTHEST, (2, count)) * sides, p_geometry)
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
        return _some(values, p, draws)

    return _in_turn(
        colour.brightnesses(some(draws.normal(0, 0.2, count))),
        colour.contrasts(2 ** some(draws.normal(0, 0.5, count))),
        colour.luma_flips(some(draws.integers(0, 2, count).astype(float)) > 0),
        colour.hue_rotations(some(draws.uniform(-np.pi, np.pi, count))),
        colour.saturations(2 ** some(draws.normal(0, 1, count))),
    )


def random_gains(count: int, p: float, draws: np.random.Generator) -> filtering.Gains:
    """Gains (N, 4) of the bands of frequencies; each band is chosen by itself."""
    factors = [2 ** _some(draws.normal(0, 1, count), p, draws) for _ in range(filtering.BANDS)]
    return filtering.levelled(np.stack(factors, axis=1))


def random_deviations(count: int, p: float, draws: np.random.Generator) -> NDArray[np.float64]:
    """Standard deviations (N,) of noise, half-normal."""
    return _some(np.abs(draws.normal(0, NOISE, count)), p, draws)


def random_corners(
    count: int, size: tuple[int, int], p: float, draws: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First rows and columns (N,) of what is cut out of images of `size` (height, width).

    Its middle lies anywhere in the image; beyond the image where nothing is cut out.
    """
    sides = np.array(size)[:, None]
    corners = np.floor((draws.random((2, count)) - 1 / 4) * sides + 1 / 2)
    tops, lefts = np.where(draws.random(count) < p, corners, sides).astype(np.int64)
    return tops, lefts


def _some(values: NDArray[np.float64], p: float, draws: np.random.Generator) -> NDArray[np.float64]:
    """`values` (…, N), or 0 (nothing changes) for those of the N that are not chosen."""
    return np.where(draws.random(values.shape[-1]) < p, values, 0)


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
    images = _translated(images, draws)
    tops, lefts = (
        draws.integers(0, side + 1, len(images)) - side // 4 for side in images.shape[2:]
    )
    return corruption.cut_out(images, tops, lefts)


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
