"""Walks in a space of latents: along a way through several points, or over a field among four."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.latents.spaces import Space, pixels


@dataclass(frozen=True)
class Walk:
    """Points (F, *shape) of a space in the order in which they are passed, with a class each."""

    space: Space
    points: Tensor
    classes: Tensor
    """(F,); where the class tells an image apart from its point, it changes half way."""

    def __len__(self) -> int:
        return len(self.points)

    def images(self) -> NDArray[np.uint8]:
        """Images uint8 (F, C, H, W)."""
        return pixels(self.space, self.points, self.classes)

    def and_back(self) -> Walk:
        """There and back again, without a frame twice in a row, so that it can be repeated."""
        order = [*range(len(self)), *range(len(self) - 2, 0, -1)]
        return Walk(self.space, self.points[order], self.classes[order])


def way(space: Space, stops: Tensor, classes: Tensor, frames: int) -> Walk:
    """The walk through `stops` (S, *shape) of classes (S,), in `frames` equal steps a leg.

    It begins at the first and ends at the last stop: (S - 1) · frames + 1 points.
    Raises `ValueError` for fewer than two stops or without a frame.
    """
    if len(stops) < 2 or frames < 1:
        raise ValueError(
            f"A walk needs two stops and a frame from one to the next, not {len(stops)} and"
            f" {frames}."
        )
    places = torch.arange((len(stops) - 1) * frames + 1)
    legs = (places // frames).clamp_max(len(stops) - 2)
    shares = (places / frames - legs).to(stops)
    points = space.between(stops[legs], stops[legs + 1], shares)
    return Walk(space, points, torch.where(shares.cpu() < 0.5, classes[legs], classes[legs + 1]))


def field(space: Space, corners: Tensor, classes: Tensor, rows: int, columns: int) -> Walk:
    """Points among four corners (4, *shape) of classes (4,), row by row: rows · columns of them.

    The corners are the first and the last of the first row, then of the last row; between them one
    walks down both sides and then across. Raises `ValueError` for other than four corners, or for
    fewer than two rows or columns.
    """
    if len(corners) != 4 or min(rows, columns) < 2:
        raise ValueError(
            f"A field has four corners and two rows and columns at least, not {len(corners)},"
            f" {rows} and {columns}."
        )
    down = torch.linspace(0, 1, rows).repeat_interleave(columns).to(corners)
    across = torch.linspace(0, 1, columns).repeat(rows).to(corners)
    left, right = (_side(space, corners, side, down) for side in (0, 1))
    nearest = 2 * (down >= 0.5).long() + (across >= 0.5).long()
    return Walk(space, space.between(left, right, across), classes[nearest.cpu()])


def _side(space: Space, corners: Tensor, side: int, down: Tensor) -> Tensor:
    """Points (N, *shape) on the left (0) or the right (1) side, at these shares of the way down."""
    top, bottom = (corners[[side + row]].expand(len(down), *space.shape) for row in (0, 2))
    return space.between(top, bottom, down)
