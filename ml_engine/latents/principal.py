"""Directions along which a generator's images change most, found without anybody's help.

As GANSpace has it for latents that are drawn and not mapped (Härkönen et al. 2020, §3.2): the
principal components of what the generator makes, here of its images themselves, and the latents
that lie behind each, by least squares.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ml_engine.config import OnEvent, ShouldStop
from ml_engine.generators.protocol import Generator
from ml_engine.latents.directions import Direction
from ml_engine.latents.looking import looked_at
from ml_engine.latents.spaces import NormalSpace, Space


def principal_directions(
    generator: Generator,
    space: Space,
    count: int,
    seed: int,
    *,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> list[Direction]:
    """Up to `count` directions of z or w, the one along which most changes first.

    Classes take turns, and each is looked at around its own mean, so that no direction leads from
    class to class. A direction's weight is the share of all change between images that lies along
    its component.
    Raises `StopRequestedError`.
    """
    images, latents, classes = looked_at(generator, seed, on_event, should_stop)
    pixels = images.reshape(len(images), -1).astype(np.float64) / 255
    for position in range(generator.class_count):
        own = classes == position
        if own.any():
            pixels[own] -= pixels[own].mean(axis=0)
    components, lengths, _ = np.linalg.svd(pixels, full_matrices=False)
    points = _centred(space, latents, classes)
    shares = lengths**2 / max(float((lengths**2).sum()), np.finfo(float).tiny)
    return [
        _behind(components[:, k], space, points, float(shares[k]))
        for k in range(min(count, len(lengths), points.shape[1]))
        if shares[k] > 0
    ]


def _centred(
    space: Space, latents: NDArray[np.float32], classes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The points (N, D) of latents (N, Z), around the mean of their classes."""
    known = torch.from_numpy(classes)
    points = space.points(torch.from_numpy(latents), known) - space.mean(known)
    centred: NDArray[np.float64] = points.flatten(1).double().cpu().numpy()
    return centred


def _behind(
    coordinates: NDArray[np.float64], space: Space, points: NDArray[np.float64], weight: float
) -> Direction:
    """The direction in which points (N, D) go with their coordinates (N,)."""
    towards = coordinates @ points
    # Of a direction and its opposite, the one whose largest number is positive.
    towards *= np.sign(towards[np.abs(towards).argmax()]) or 1
    unit = towards / np.linalg.norm(towards)
    deviation = space.deviation if space.name == NormalSpace.name else float((points @ unit).std())
    normal = torch.from_numpy(unit.astype(np.float32)).view(space.shape)
    return Direction(space.name, normal, deviation, weight)
