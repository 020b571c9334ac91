"""Varying real images through a generator's latents: found there, and then moved a little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_engine.config import AimConfig, InversionConfig, OnEvent, ShouldStop
from ml_engine.generators.protocol import Generator
from ml_engine.latents.directions import Direction, factorised
from ml_engine.latents.inversion import Inversions, invert
from ml_engine.latents.spaces import Space, walked_space
from ml_engine.randomness import normal, numpy_generator

MOST_DIRECTIONS = 6
"""Along which variants are moved: those that the generator's first layers turn into most."""


@dataclass(frozen=True)
class Variants:
    """Points around those that were found for real images, in parallel arrays of length N."""

    space: Space
    points: Tensor
    """(N, *shape), on the CPU."""
    classes: NDArray[np.int64]
    targets: NDArray[np.int64]
    """Which of the images each is a variant of."""
    paths: list[dict[str, Any]]
    """How each was come to from its image, as plain JSON: see `path_of`."""


def vary(
    generator: Generator,
    images: NDArray[np.uint8],
    classes: NDArray[np.int64],
    targets: NDArray[np.int64],
    *,
    perceptual: nn.Module | None,
    config: AimConfig,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> Variants:
    """Find images (M, C, H, W) of classes (M,) in the generator's latents, and move from there.

    `targets` (N,) names the image that each variant is of. It goes up to the share `config.reach`
    of the way to a random point of its class, and every second one also up to
    `config.direction_steps` σ along one of the generator's own directions. Raises what `invert`
    raises, and `ValueError` for a generator without latents that one could walk in.
    """
    space = walked_space(generator)
    search = InversionConfig(
        steps=config.inversion_steps, starts=1, threads=config.threads, draws=config.inversion_draws
    )
    found = invert(
        generator, space, images, classes, perceptual=perceptual, config=search, seed=seed,
        on_event=on_event, should_stop=should_stop,
    )  # fmt: skip
    directions = _directions(generator, space, seed)
    moves = [_Move.drawn(config, len(directions), seed, n) for n in range(len(targets))]
    asked = classes[targets]
    latents = [normal((generator.latent_size,), seed, "variant", n) for n in range(len(targets))]
    drawn = space.points(torch.stack(latents), torch.from_numpy(asked)).cpu()
    shares = torch.tensor([move.share for move in moves])
    points = space.between(found.points[torch.from_numpy(targets)], drawn, shares)
    for number, direction in enumerate(directions):
        steps = torch.tensor([move.steps * (move.direction == number) for move in moves])
        points = direction.moved(points, steps)
    paths = [
        path_of(found, int(target), move, number)
        for number, (target, move) in enumerate(zip(targets, moves, strict=True))
    ]
    return Variants(space, points, asked, targets, paths)


@dataclass(frozen=True)
class _Move:
    """How far a variant goes, and along which direction, if any."""

    share: float
    direction: int
    """-1 for none."""
    steps: float

    @classmethod
    def drawn(cls, config: AimConfig, direction_count: int, seed: int, number: int) -> _Move:
        draws = numpy_generator(seed, "move", number)
        share, along = config.reach * draws.random(), config.direction_steps * draws.uniform(-1, 1)
        if not direction_count or number % 2 == 0:
            return cls(float(share), -1, 0.0)
        return cls(float(share), int(draws.integers(direction_count)), float(along))


def path_of(found: Inversions, target: int, move: _Move, number: int) -> dict[str, Any]:
    """The way from the image `target` to the variant `number`, for its lineage.

    `feature_distance` and `pixel_distance` tell how far what was found is from the image;
    `toward` is the number of the random point and `share` how far it went there; `direction`
    counts the generator's own directions (SeFa) from 0, `steps` are in σ.
    """
    features = float(found.feature_distances[target])
    path: dict[str, Any] = {
        "feature_distance": None if np.isnan(features) else round(features, 4),
        "pixel_distance": round(float(found.pixel_distances[target]), 4),
        "toward": number,
        "share": round(move.share, 4),
    }
    if move.direction >= 0:
        path |= {"direction": move.direction, "steps": round(move.steps, 4)}
    return path


def _directions(generator: Generator, space: Space, seed: int) -> list[Direction]:
    try:
        return factorised(generator, space, MOST_DIRECTIONS, seed=seed)
    except ValueError:
        # Noise that becomes an image step by step passes no first layer.
        return []
