"""Generators with a planted fault, for what must not get through."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import ImageShape

Draw = Callable[[NDArray[np.float32], NDArray[np.int64]], NDArray[np.uint8]]
SHAPE = ImageShape(28, 1)


class Planted:
    """Samples as a generator does, by `draw`; latents (N, 8) are its only chance."""

    shape, class_count, latent_size = SHAPE, 3, 8

    def __init__(self, draw: Draw) -> None:
        self.sample = draw


def stripes(numbers: NDArray[np.int64], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Pictures as in `driving.pictures`, that differ as the real ones do."""
    images = []
    for number, position in zip(numbers, classes, strict=True):
        draws = np.random.default_rng((5, int(number)))
        pixels = draws.integers(0, 90, (28, 28), np.uint8)
        pixels[:, position * 9 : position * 9 + 9] += np.uint8(draws.integers(60, 160))
        images.append(pixels[None])
    return np.stack(images)


def numbers_of(latents: NDArray[np.float32]) -> NDArray[np.int64]:
    """A number for each latent."""
    return np.abs(latents[:, 0] * 1e6).astype(np.int64)


def honest(latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """New pictures of the right class."""
    return stripes(numbers_of(latents), classes)


def collapsed(latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Two pictures of each class, over and over."""
    return stripes(numbers_of(latents) % 2, classes)


def another_domain(latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Bright pictures with rings: nothing like the project's."""
    rows, columns = np.indices((28, 28)) - 14
    rings = 170 + 80 * np.cos(np.hypot(rows, columns)[None] + latents[:, :1, None])
    return rings[:, None].astype(np.uint8)


def copying(images: NDArray[np.uint8], of: NDArray[np.int64]) -> Draw:
    """Training images (N, 1, 28, 28) of classes (N,), with a little noise."""

    def draw(latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        numbers = numbers_of(latents)
        rows = [
            np.flatnonzero(of == c)[number % int((of == c).sum())]
            for number, c in zip(numbers, classes, strict=True)
        ]
        noise = np.random.default_rng(3).integers(0, 3, (len(rows), 1, 28, 28))
        return (images[rows].clip(0, 252) + noise).astype(np.uint8)

    return draw
