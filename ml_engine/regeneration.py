"""Making synthetic images again, and how far they then lie from those that were kept.

On the device that made them, by as many threads, they come out byte for byte. Another device adds
in another order, so that a few pixels there come out some grey levels off.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray

from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator
from ml_engine.latents.spaces import pixels, spaces


def regenerate(
    generator: Generator,
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    threads: int,
    space: str = "z",
) -> NDArray[np.uint8]:
    """Images uint8 (N, C, H, W) of points (N, …) of a space and classes (N,), by so many CPU
    threads. A point's numbers may lie in one row.

    Raises `ValueError` for points of another size, a space that the generator has not, or classes
    that it has not.
    """
    known = {} if space == "z" else spaces(generator)
    if space != "z" and space not in known:
        raise ValueError(f"The generator has no space {space!r}.")
    shape = known[space].shape if space in known else (generator.latent_size,)
    if latents[:1].size != len(latents[:1]) * math.prod(shape):
        raise ValueError(
            f"A latent has {latents[0].size} numbers; the generator takes {math.prod(shape)} in"
            f" {space}."
        )
    if len(classes) and not 0 <= classes.min() <= classes.max() < generator.class_count:
        raise ValueError(f"Classes must be between 0 and {generator.class_count - 1}.")
    with repeatable(threads):
        if space == "z":
            return generator.sample(latents, classes)
        points = torch.from_numpy(latents.reshape(len(latents), *shape))
        return pixels(known[space], points, torch.from_numpy(classes))


def largest_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    """Of two images of one shape, how far the pixels that differ most are apart, 0 to 255.

    Raises `ValueError` for images of two shapes.
    """
    if one.shape != other.shape:
        raise ValueError(f"One image is {one.shape}, the other {other.shape}.")
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max(initial=0))
