"""Changing the colours of images by linear maps, differentiably.

A map is a float64 matrix (N, 4, 4) on (red, green, blue, 1) with colours in [-1, 1]. Grey images
are colours with three equal parts, so that hue and saturation leave them alone.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Maps = NDArray[np.float64]

GREY_AXIS = np.array([1, 1, 1, 0]) / np.sqrt(3)
ALONG = np.outer(GREY_AXIS, GREY_AXIS)
"""Projects on the axis from black to white."""
COLOURS = np.diag([1.0, 1, 1, 0])
ALPHA = np.diag([0.0, 0, 0, 1])


def brightnesses(by: NDArray[np.float64]) -> Maps:
    """Adds `by` (N,) to every colour."""
    maps = np.tile(np.eye(4), (len(by), 1, 1))
    maps[:, :3, 3] = by[:, None]
    return maps


def contrasts(factor: NDArray[np.float64]) -> Maps:
    """Multiplies every colour by `factor` (N,)."""
    maps: Maps = factor[:, None, None] * COLOURS + ALPHA
    return maps


def luma_flips(flipped: NDArray[np.bool_]) -> Maps:
    """Turns light to dark, keeping the hue, where `flipped` (N,)."""
    maps: Maps = np.eye(4) - 2 * flipped[:, None, None] * ALONG
    return maps


def hue_rotations(angle: NDArray[np.float64]) -> Maps:
    """Turns colours about the grey axis by `angle` (N,) in radians (Rodrigues' formula)."""
    x, y, z, _ = GREY_AXIS
    cross = np.zeros((4, 4))
    cross[:3, :3] = [[0, -z, y], [z, 0, -x], [-y, x, 0]]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    maps: Maps = ALONG + cos * (COLOURS - ALONG) + sin * cross + ALPHA
    return maps


def saturations(factor: NDArray[np.float64]) -> Maps:
    """Multiplies each colour's distance from grey by `factor` (N,)."""
    maps: Maps = ALONG + factor[:, None, None] * (COLOURS - ALONG) + ALPHA
    return maps


def recolour(images: Tensor, maps: Maps) -> Tensor:
    """Change the colours of images (N, 1 or 3, H, W) by `maps`."""
    of = maps[:, :3]
    if images.shape[1] == 1:
        of = np.concatenate([of[:, :, :3].sum(axis=2, keepdims=True), of[:, :, 3:]], axis=2)
        of = of.mean(axis=1, keepdims=True)
    by = torch.from_numpy(of).to(images)
    mixed = torch.einsum("noc,nchw->nohw", by[:, :, :-1], images)
    return mixed + by[:, :, -1, None, None]
