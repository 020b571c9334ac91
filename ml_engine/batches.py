"""Which images a training step sees, and how they are varied: a function of the step's number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.packs import Pack
from ml_engine.randomness import numpy_generator


@dataclass(frozen=True)
class AnnotatedImages:
    """Rows of a pack with their classes."""

    pack: Pack
    rows: NDArray[np.int64]
    """(N,) rows of the pack; a row may appear more than once."""
    targets: NDArray[np.int64]
    """(N,) classes, from 0."""

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.targets):
            raise ValueError(f"{len(self.rows)} rows were given with {len(self.targets)} targets.")
        if len(self.rows) and not 0 <= self.rows.min() <= self.rows.max() < len(self.pack):
            raise ValueError(f"Rows must be between 0 and {len(self.pack) - 1}.")

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Images uint8 (B, C, H, W) and classes int64 (B,) at `indices` into the rows."""
        images = torch.from_numpy(self.pack.images[self.rows[indices]])
        return images, torch.from_numpy(self.targets[indices])


def check_targets(targets: NDArray[np.int64], class_count: int) -> list[int]:
    """The classes without an image; raises `ValueError` for no images or a class out of range."""
    if len(targets) == 0:
        raise ValueError("There is no image to train on.")
    if targets.min() < 0 or targets.max() >= class_count:
        raise ValueError(f"Targets must be between 0 and {class_count - 1}.")
    return [int(c) for c in np.flatnonzero(np.bincount(targets, minlength=class_count) == 0)]


class BatchStream:
    """An endless stream of batches, each known by the number of its step.

    Without weights, every image is seen once before any is seen again (shuffled epochs that run
    on across batches). With weights, each image of a batch is drawn with its probability. The
    length of the stream never depends on how many images there are, so trainings with different
    sets are compared at equal optimiser steps.
    """

    def __init__(
        self, count: int, batch_size: int, seed: int, weights: NDArray[np.float64] | None = None
    ) -> None:
        self._count = count
        self._batch_size = batch_size
        self._seed = seed
        self._cumulative = None if weights is None else _cumulative(weights, count)
        self._epochs: dict[int, NDArray[np.int64]] = {}

    def indices(self, step: int) -> NDArray[np.int64]:
        """Indices (batch_size,) of the images of step `step`."""
        if self._cumulative is not None:
            draws = numpy_generator(self._seed, "batches", step).random(self._batch_size)
            return np.searchsorted(self._cumulative, draws, side="right").astype(np.int64)
        positions = step * self._batch_size + np.arange(self._batch_size)
        epochs, offsets = np.divmod(positions, self._count)
        return np.array([self._epoch(int(e))[o] for e, o in zip(epochs, offsets, strict=True)])

    def _epoch(self, number: int) -> NDArray[np.int64]:
        if number not in self._epochs:
            # A batch spans few epochs unless the set is tiny; older ones are not needed again.
            if len(self._epochs) > self._batch_size:
                self._epochs.clear()
            order = numpy_generator(self._seed, "epochs", number).permutation(self._count)
            self._epochs[number] = order
        return self._epochs[number]


def _cumulative(weights: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (count,) or not np.isfinite(weights).all() or weights.min() < 0:
        raise ValueError(f"Sampling weights must be {count} finite numbers of 0 or more.")
    if weights.sum() == 0:
        raise ValueError("At least one sampling weight must be above 0.")
    cumulative = np.cumsum(weights / weights.sum())
    # Rounding may leave the end below 1, and a draw must always find its image.
    cumulative[np.flatnonzero(weights)[-1] :] = 1.0
    return cumulative


def square_root_weights(targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sampling weights (N,) that show each class by the square root of its share."""
    counts = np.bincount(targets)
    return 1 / np.sqrt(counts[targets].astype(np.float64))


def to_network(images: Tensor, device: torch.device) -> Tensor:
    """Images uint8 (B, C, H, W) as float32 in [-1, 1] on `device`, channels last in memory."""
    moved = images.to(device, non_blocking=True).to(memory_format=torch.channels_last)
    return moved.float().mul_(1 / 127.5).sub_(1)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """The inverse of `to_network`: values in [-1, 1], rounded and clamped, as uint8."""
    pixels = images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
    return pixels.cpu().contiguous().numpy()


def mirror(images: Tensor, draws: np.random.Generator) -> Tensor:
    """Flip each image (B, C, H, W) left to right with probability one half."""
    flipped = torch.from_numpy(draws.random(len(images)) < 0.5)
    return torch.where(flipped.view(-1, 1, 1, 1), images.flip(3), images)


def shift(images: Tensor, pixels: int, draws: np.random.Generator) -> Tensor:
    """Move each image (B, C, H, W) by up to `pixels` each way; the edge is repeated outwards."""
    count, _, height, width = images.shape
    offsets = torch.from_numpy(draws.integers(-pixels, pixels + 1, (2, count, 1)))
    rows = (torch.arange(height) + offsets[0]).clamp(0, height - 1)
    columns = (torch.arange(width) + offsets[1]).clamp(0, width - 1)
    sample = torch.arange(count)
    moved = images.permute(0, 2, 3, 1)[sample[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def moved(images: Tensor, pixels: int) -> Tensor:
    """Images (B, C, H, W), all moved by `pixels` up and left; the edge is repeated."""
    height, width = images.shape[2:]
    rows = (torch.arange(height) + pixels).clamp(0, height - 1)
    columns = (torch.arange(width) + pixels).clamp(0, width - 1)
    return images[:, :, rows[:, None], columns]
