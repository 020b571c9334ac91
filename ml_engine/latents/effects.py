"""What moving along a direction does to images, to their class, and to all that was not meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from ml_engine.classifiers.inference import Classifier
from ml_engine.latents.directions import Direction
from ml_engine.latents.spaces import Space, pixels
from ml_engine.measures.intervals import Estimate, mean, share

STEPS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
"""In σ of the direction; 0 is the image as it was."""

Score = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""Images uint8 (N, C, H, W) to a score (N,)."""


@dataclass(frozen=True)
class Effect:
    """Over N images at K steps."""

    steps: tuple[float, ...]
    scores: NDArray[np.float64]
    """(K,): the attribute's mean at each step."""
    rank_correlation: Estimate
    """In [-1, 1]: Spearman's between step and score within an image, its mean over images: 1 where
    each step raises the score of every image."""
    class_changed: Estimate
    """Share of images that the classifier gives another class at any step than as they were."""
    moved: NDArray[np.float64]
    """(K,): mean distance of the classifier's features from the image as it was."""
    others: Mapping[str, float]
    """How far other attributes go from the first to the last step, on the mean, in deviations of
    the images as they were; the attribute itself is there as `itself`."""


def effect(
    space: Space,
    direction: Direction,
    points: Tensor,
    classes: NDArray[np.int64],
    classifier: Classifier,
    score: Score,
    *,
    others: Mapping[str, Score] | None = None,
    steps: Sequence[float] = STEPS,
) -> Effect:
    """Move points (N, *shape) of classes (N,) along a direction and see what becomes of them.

    Raises `ValueError` without step 0, or for fewer than two steps.
    """
    if 0.0 not in steps or len(steps) < 2:
        raise ValueError("An effect is measured from step 0 to others.")
    known, middle = torch.from_numpy(classes), list(steps).index(0.0)
    frames = [pixels(space, direction.moved(points, step), known) for step in steps]
    scores = np.stack([score(images) for images in frames])
    seen = [classifier.predict(images) for images in frames]
    guesses = np.stack([one.probabilities.argmax(axis=1) for one in seen])
    unmoved = seen[middle].features.astype(np.float64)
    meant = {"itself": score, **(others or {})}
    return Effect(
        steps=tuple(steps),
        scores=scores.mean(axis=1),
        rank_correlation=_within_one(mean(_rank_correlations(scores))),
        class_changed=share((guesses != guesses[middle]).any(axis=0)),
        moved=np.array([np.linalg.norm(one.features - unmoved, axis=1).mean() for one in seen]),
        others={
            name: _went(one(frames[0]), one(frames[middle]), one(frames[-1]))
            for name, one in meant.items()
        },
    )


def _rank_correlations(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spearman's (N,) of scores (K, N) with their order; 0 where a score never moves."""
    ranks = rankdata(scores, axis=0)
    order = np.arange(1, len(scores) + 1)
    a, b = ranks - ranks.mean(axis=0), (order - order.mean())[:, None]
    spread = np.sqrt((a**2).sum(axis=0) * (b**2).sum())
    found: NDArray[np.float64] = (a * b).sum(axis=0) / np.where(spread == 0, np.inf, spread)
    return found


def _within_one(found: Estimate) -> Estimate:
    """A correlation's interval, which Student's may take beyond what there can be."""
    return Estimate(found.value, max(-1.0, found.low), min(1.0, found.high))


def _went(
    first: NDArray[np.float64], unmoved: NDArray[np.float64], last: NDArray[np.float64]
) -> float:
    return float((last - first).mean() / max(float(unmoved.std()), 1e-9))
