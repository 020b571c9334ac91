"""The images that searches for directions look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import EngineEvent, OnEvent, ShouldStop, StopRequestedError
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import sample

LOOKED_AT = 512
"""Images that are drawn; more do not move the first components."""
BATCH = 64


def looked_at(
    generator: Generator, seed: int, on_event: OnEvent, should_stop: ShouldStop
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
    """Images uint8 (N, C, H, W), their latents (N, Z) and classes (N,), which take turns.

    Raises `StopRequestedError` between two batches.
    """
    classes = np.arange(LOOKED_AT) % generator.class_count
    images, latents = [], []
    for start in range(0, LOOKED_AT, BATCH):
        if should_stop():
            raise StopRequestedError(f"Stopped after {start} of {LOOKED_AT} images.")
        numbers = np.arange(start, start + BATCH)
        some, z = sample(generator, seed, classes[numbers], numbers)
        images.append(some)
        latents.append(z)
        on_event(EngineEvent("progress", start + BATCH, LOOKED_AT, {}))
    return np.concatenate(images), np.concatenate(latents), classes
