"""Directions along which generated images come to look as a score has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from ml_engine.config import OnEvent, ShouldStop
from ml_engine.generators.protocol import Generator
from ml_engine.latents.directions import Direction, along_scores
from ml_engine.latents.looking import looked_at
from ml_engine.latents.spaces import Space

Scores = Callable[[NDArray[np.uint8]], Mapping[str, NDArray[np.floating]]]
"""By name: scores (N,) of images uint8 (N, C, H, W)."""


def scored_directions(
    generator: Generator,
    space: Space,
    scores: Scores,
    count: int,
    seed: int,
    *,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> list[tuple[str, Direction]]:
    """Up to `count` directions, each with the name of the score that grows along it.

    First those whose plane parts held-back images best, which is their weight. A score that is the
    same for all images has none. Raises `ValueError` where there are too few images of a class to
    tell (see `along_scores`), and `StopRequestedError`.
    """
    images, latents, classes = looked_at(generator, seed, on_event, should_stop)
    points = space.points(torch.from_numpy(latents), torch.from_numpy(classes))
    found = [
        (name, along_scores(space, points, values, classes, seed=seed))
        for name, values in scores(images).items()
        if np.ptp(values)
    ]
    return sorted(found, key=lambda one: -one[1].weight)[:count]
