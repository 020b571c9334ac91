"""Making synthetic images again, and how far they then lie from those that were kept.

On the device that made them, by as many threads, they come out byte for byte. Another device adds
in another order, so that a few pixels there come out some grey levels off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator


def regenerate(
    generator: Generator,
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    threads: int,
) -> NDArray[np.uint8]:
    """Images uint8 (N, C, H, W) of latents (N, Z) and classes (N,), by so many CPU threads.

    Raises `ValueError` for latents of another size or classes that the generator has not.
    """
    if latents.shape[1:] != (generator.latent_size,):
        raise ValueError(
            f"The latents have {latents.shape[-1]} numbers; the generator takes"
            f" {generator.latent_size}."
        )
    if len(classes) and not 0 <= classes.min() <= classes.max() < generator.class_count:
        raise ValueError(f"Classes must be between 0 and {generator.class_count - 1}.")
    with repeatable(threads):
        return generator.sample(latents, classes)


def largest_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    """Of two images of one shape, how far the pixels that differ most are apart, 0 to 255.

    Raises `ValueError` for images of two shapes.
    """
    if one.shape != other.shape:
        raise ValueError(f"One image is {one.shape}, the other {other.shape}.")
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max(initial=0))
