"""Directions along which a generator's images change most, found without anybody's help.

As GANSpace has it for latents that are drawn and not mapped (Härkönen et al. 2020, §3.2): the
principal components of what the generator makes, here of its images themselves, and the latents
that lie behind each, by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import EngineEvent, OnEvent, ShouldStop, StopRequestedError
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import sample

LOOKED_AT = 512
"""Images that are drawn; more do not move the first components."""
BATCH = 64


@dataclass(frozen=True)
class PrincipalDirection:
    """A direction in z."""

    vector: NDArray[np.float32]
    """(Z,), of length 1."""
    explained: float
    """The share of all that changes between images, 0 to 1, that lies along its component."""


def principal_directions(
    generator: Generator,
    count: int,
    seed: int,
    *,
    threads: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> list[PrincipalDirection]:
    """Up to `count` directions, the one along which most changes first; classes take turns.

    Each class is looked at around its own mean, so that no direction leads from class to class.
    Raises `StopRequestedError`.
    """
    with repeatable(threads):
        images, latents, classes = _drawn(generator, seed, on_event, should_stop)
        pixels = images.reshape(len(images), -1).astype(np.float64) / 255
        for position in range(generator.class_count):
            own = classes == position
            if own.any():
                pixels[own] -= pixels[own].mean(axis=0)
        components, lengths, _ = np.linalg.svd(pixels, full_matrices=False)
    shares = lengths**2 / max(float((lengths**2).sum()), np.finfo(float).tiny)
    most = min(count, len(lengths), generator.latent_size)
    return [
        PrincipalDirection(_behind(components[:, k], latents), float(shares[k]))
        for k in range(most)
        if shares[k] > 0
    ]


def _drawn(
    generator: Generator, seed: int, on_event: OnEvent, should_stop: ShouldStop
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
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


def _behind(coordinates: NDArray[np.float64], latents: NDArray[np.float32]) -> NDArray[np.float32]:
    """The direction (Z,) in which latents (N, Z) go with their coordinates (N,)."""
    towards = coordinates @ latents.astype(np.float64)
    # Of a direction and its opposite, the one whose largest number is positive.
    towards *= np.sign(towards[np.abs(towards).argmax()]) or 1
    unit: NDArray[np.float32] = (towards / np.linalg.norm(towards)).astype(np.float32)
    return unit
