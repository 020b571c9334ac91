"""Candidates of an aimed batch: drawn at random, or variants of uncertain images themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ml_engine.classifiers.inference import Classifier, Predictions
from ml_engine.config import AimConfig, EngineEvent, OnEvent, ShouldStop, StopRequestedError
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import sample
from ml_engine.latents.spaces import pixels
from ml_engine.latents.varying import Variants, vary
from ml_engine.neighbours import Features
from ml_engine.uncertainty import score

BATCH = 512


@dataclass(frozen=True)
class Targets:
    """Uncertain images (M) that are aimed at."""

    features: Features
    """(M, D): the classifier's embedding."""
    classes: NDArray[np.int64]
    images: NDArray[np.uint8] | None = None
    """(M, C, H, W); needed where they are to be varied."""


@dataclass(frozen=True)
class Candidates:
    """N of them, and what the classifier says of each."""

    latents: NDArray[np.float32]
    """(N, *shape): points of z, or of the variants' space."""
    classes: NDArray[np.int64]
    """That the generator is asked for."""
    features: NDArray[np.float32]
    uncertainties: NDArray[np.float64]
    """Normalised entropy, in [0, 1]."""
    guesses: NDArray[np.int64]
    """The classes that the classifier gives them."""
    variants: Variants | None = None
    """Of which targets they are variants; None where latents were drawn."""

    @property
    def class_lost(self) -> NDArray[np.bool_]:
        """Variants (N,) that the classifier gives another class than that of their target."""
        if self.variants is None:
            return np.zeros(len(self.classes), dtype=bool)
        return np.asarray(self.guesses != self.classes)

    def parent_distances(self, targets: Targets) -> NDArray[np.float64]:
        """The distance (N,) of each variant to its target; infinite for what was drawn."""
        if self.variants is None:
            return np.full(len(self.classes), np.inf)
        own = np.asarray(targets.features, np.float64)[self.variants.targets]
        return np.asarray(np.linalg.norm(self.features - own, axis=1))

    def images(self, generator: Generator, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Those of `rows` (n,), made again: uint8 (n, C, H, W)."""
        if self.variants is None:
            return generator.sample(self.latents[rows], self.classes[rows])
        if not len(rows):
            shape = generator.shape
            return np.zeros((0, shape.channels, shape.size, shape.size), np.uint8)
        return _variants_drawn(self.variants, rows)


def drawn_candidates(
    generator: Generator,
    classifier: Classifier,
    classes: NDArray[np.int64],
    *,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> Candidates:
    """Samples of `seed` of these classes (N,). Raises `StopRequestedError` between batches."""
    latents = []

    def batch(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        images, z = sample(generator, seed, classes[numbers], numbers)
        latents.append(z)
        return images

    seen, unsure = _seen(batch, classifier, len(classes), seed, on_event, should_stop)
    guesses = seen.probabilities.argmax(axis=1)
    return Candidates(np.concatenate(latents), classes, seen.features, unsure, guesses)


def varied_candidates(
    generator: Generator,
    classifier: Classifier,
    targets: Targets,
    turns: NDArray[np.int64],
    *,
    perceptual: nn.Module | None,
    config: AimConfig,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> Candidates:
    """Variants of the targets that `turns` (N,) names one by one. Raises what `vary` raises,
    `StopRequestedError` between batches, and `ValueError` without the targets' images."""
    if targets.images is None:
        raise ValueError("Uncertain images that are to be varied must be given.")
    made = vary(
        generator, targets.images, np.asarray(targets.classes, np.int64), turns,
        perceptual=perceptual, config=config, seed=seed, on_event=on_event,
        should_stop=should_stop,
    )  # fmt: skip

    def batch(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        return _variants_drawn(made, numbers)

    seen, unsure = _seen(batch, classifier, len(turns), seed, on_event, should_stop)
    guesses = seen.probabilities.argmax(axis=1)
    return Candidates(made.points.numpy(), made.classes, seen.features, unsure, guesses, made)


def _variants_drawn(made: Variants, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    rows = torch.from_numpy(numbers)
    return pixels(made.space, made.points[rows], torch.from_numpy(made.classes)[rows])


def _seen(
    batch: Callable[[NDArray[np.int64]], NDArray[np.uint8]],
    classifier: Classifier,
    count: int,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> tuple[Predictions, NDArray[np.float64]]:
    """What the classifier says of `count` candidates, and how unsure of each it is."""
    parts = []
    for start in range(0, count, BATCH):
        if should_stop():
            raise StopRequestedError(f"Stopped after {start} of {count} candidates.")
        numbers = np.arange(start, min(start + BATCH, count))
        parts.append(classifier.predict(batch(numbers)))
        on_event(EngineEvent("progress", int(numbers[-1]) + 1, count, {}))
    seen = Predictions(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.features for part in parts]),
    )
    return seen, score("entropy", seen.probabilities, seed)
