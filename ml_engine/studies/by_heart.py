"""A few pictures that a generator learns by heart: what no network does whose gradients are wrong.

Both networks learn, by the family's own trainer and in haste: a class for each picture, nothing
altered, and no more of the images held out than there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_engine.batches import AnnotatedImages
from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.devices import repeatable
from ml_engine.generators.stylegan.generator import StyleGan
from ml_engine.packs import array_pack
from ml_engine.randomness import numpy_generator
from ml_engine.studies.learning import never
from ml_engine.studies.speed import fit_and_forget

DRAWN = 3
"""Images of each class."""
HASTE: dict[str, Any] = {
    "width": 16, "latent_size": 8, "learning_rate": 6e-3, "discriminator_learning_rate": 6e-3,
    "r1_gamma": 0.5, "r1_every": 4, "ema_decay": 0.9, "cooldown": 0.5, "augmentation": "none",
    "mirror": False, "threads": 1, "checks": 1,
}  # fmt: skip


@dataclass(frozen=True)
class ByHeart:
    """How near what is drawn comes to the pictures."""

    right: float
    """Share of drawn images that are nearer to their class's picture than to any other."""
    away: float
    """From their class's picture, as a share of what pictures are away from each other; both are
    root mean squares of pixels."""


def in_haste(configuration: str, steps: int, **settings: Any) -> StyleGanConfig:
    """A configuration for few and small pictures."""
    return StyleGanConfig(**{**HASTE, "configuration": configuration, "steps": steps, **settings})


def learn_by_heart(config: StyleGanConfig, count: int, size: int, seed: int) -> ByHeart:
    """Train on `count` pictures, each a class of its own, and draw them."""
    pictures, classes = smooth_pictures(count, size), np.arange(count)
    with repeatable(config.threads):
        gan = StyleGan(ImageShape(size, 1), count, config, seed)
        images = AnnotatedImages(array_pack(pictures), classes, classes)
        fit_and_forget(gan, images, seed, never)
        asked = np.tile(classes, DRAWN)
        z = numpy_generator(seed, "by heart").standard_normal((len(asked), config.latent_size))
        drawn = gan.sample(z.astype(np.float32), asked)
    away = _between(drawn, pictures)
    right = float((away.argmin(axis=1) == asked).mean())
    return ByHeart(right, float(away[np.arange(len(asked)), asked].mean()) / apart(pictures))


def smooth_pictures(count: int, size: int) -> NDArray[np.uint8]:
    """Unlike each other: (count, 1, size, size), a few waves each."""
    draws = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] / size

    def picture() -> NDArray[np.float64]:
        waves = np.zeros((size, size))
        for a, b in draws.integers(-2, 3, (4, 2)):
            phase = draws.uniform(0, 2 * np.pi)
            waves += draws.normal() * np.cos(2 * np.pi * (a * x + b * y) + phase)
        drawn: NDArray[np.float64] = 128 + 60 * waves / waves.std()
        return drawn

    return np.stack([picture() for _ in range(count)])[:, None].clip(0, 255).astype(np.uint8)


def apart(pictures: NDArray[np.uint8]) -> float:
    """How far pictures are from each other on average: root mean squares of pixels."""
    between = _between(pictures, pictures)
    return float(between[between > 0].mean())


def _between(some: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(N, M) root mean squares."""
    unlike = some[:, None].astype(float) - others[None]
    squares: NDArray[np.float64] = np.square(unlike).mean(axis=(2, 3, 4))
    return np.sqrt(squares)
