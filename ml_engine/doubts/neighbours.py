"""The nearest of a bank of annotated images, by two looks, in blocks that fit in memory."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ml_engine.choosing.distances import blocks, squared_distances
from ml_engine.choosing.pool import Floats, Indices

COARSE = 7
"""Side of the coarse look: what is where, and no more. 7 does better than 14 on Fashion-MNIST."""
ROWS = 4096


def coarse_look(images: NDArray[np.uint8]) -> Floats:
    """Images uint8 (N, C, H, W) as averages (N, C·49) of 7 by 7 areas, in [0, 1].

    No classifier has a part in it, so it sees what one that learnt from few images is blind to.
    """
    parts = [
        F.adaptive_avg_pool2d(torch.from_numpy(images[i : i + ROWS].copy()).float() / 255, COARSE)
        for i in range(0, len(images), ROWS)
    ]
    channels = images.shape[1]
    if not parts:
        return np.zeros((0, channels * COARSE**2), np.float32)
    found: Floats = torch.cat(parts).flatten(1).numpy()
    return found


def nearest_rows(
    points: Floats, bank: Floats, count: int, own: Indices | None = None
) -> tuple[Indices, Floats]:
    """The `count` nearest rows of bank (B, D) to points (N, D), and their distances, nearest first.

    `own` (N,) says which row of the bank each point is itself: it is no neighbour of its own.
    Raises `ValueError` where the bank is smaller.
    """
    there = len(bank) - (own is not None)
    if not 1 <= count <= there:
        raise ValueError(f"A bank of {there} other images has no {count} nearest.")
    rows = np.zeros((len(points), count), np.int64)
    lengths = np.zeros((len(points), count), np.float32)
    for block in blocks(len(points), len(bank)):
        squared = squared_distances(points[block], bank)
        if own is not None:
            squared[np.arange(len(squared)), own[block]] = np.inf
        near = np.argpartition(squared, count - 1, axis=1)[:, :count]
        at = np.take_along_axis(squared, near, axis=1)
        order = np.argsort(at, axis=1, kind="stable")
        rows[block] = np.take_along_axis(near, order, axis=1)
        lengths[block] = np.sqrt(np.take_along_axis(at, order, axis=1))
    return rows, lengths
