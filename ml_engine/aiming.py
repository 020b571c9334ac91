"""Aiming generation: of many candidates, those nearest to what the classifier is unsure of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.classifiers.inference import Classifier
from ml_engine.config import (
    AimConfig,
    EngineEvent,
    OnEvent,
    ShouldStop,
    StopRequestedError,
)
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import sample
from ml_engine.judged import Judged, like_refused
from ml_engine.neighbours import Features, distances, kth_neighbour, nearest
from ml_engine.randomness import numpy_generator
from ml_engine.uncertainty import score

BATCH = 512
CROWDING = 2.0
"""A target takes at most this many times its even share of the kept images."""


@dataclass(frozen=True)
class AimedImages:
    """The kept candidates, in parallel arrays of length n, nearest to their parent first.

    `sample(generator, seed, classes, indices)` makes them again.
    """

    images: NDArray[np.uint8]
    """(n, C, H, W)"""
    latents: NDArray[np.float32]
    """(n, Z)"""
    classes: NDArray[np.int64]
    seed: int
    indices: NDArray[np.int64]
    """Numbers of the samples drawn from `seed`."""
    parents: NDArray[np.int64]
    """Index of the uncertain target that each was chosen for."""
    parent_distances: NDArray[np.float64]
    training_distances: NDArray[np.float64]
    """Distance to the nearest training image."""
    uncertainties: NDArray[np.float64]
    """Normalised entropy of the classifier, in [0, 1]."""
    candidates: int
    dropped: dict[str, int]
    """How many candidates were not kept, by reason: `copies_training`, `like_refused` (more like
    images that people refused than like right ones), `copies_kept`, `target_full` (their targets
    have enough), `too_far` (enough nearer ones were found)."""

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True)
class _Candidates:
    latents: NDArray[np.float32]
    classes: NDArray[np.int64]
    features: NDArray[np.float32]
    uncertainties: NDArray[np.float64]


def aim(
    generator: Generator,
    classifier: Classifier,
    *,
    targets_features: Features,
    targets_classes: NDArray[np.int64],
    training_features: Features,
    config: AimConfig,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
    judged: Judged | None = None,
) -> AimedImages:
    """Draw `keep · candidates_per_kept` samples and keep up to `keep` near the targets.

    Targets (M, D) with classes (M,) are uncertain images in the classifier's embedding; candidates
    take their classes in turn. Pairs of a candidate and a target of its class are taken nearest
    first. A candidate is dropped if it is a near-copy of a training image (T, D) or of a kept
    one, or more like what people refused than like what is right (`judged`), and a target takes
    at most twice its even share, so fewer than `keep` may come back.
    Raises `StopRequestedError` between batches, and `ValueError` without a target.
    """
    if len(targets_features) == 0:
        raise ValueError("There is no uncertain image to aim at.")
    classes = _candidate_classes(targets_classes, config, seed)
    with repeatable(config.threads):
        drawn = _draw(generator, classifier, classes, seed, on_event, should_stop)
        to_training = nearest(drawn.features, training_features)
        radius = copy_radius(training_features, config.copy_quantile)
        copies = to_training < radius
        alike = _like_refused(drawn, judged) & ~copies
        kept = _choose(
            drawn, targets_features, targets_classes, ~copies & ~alike, radius, config.keep
        )
        order = np.array(sorted(kept.parents, key=lambda i: kept.distances[i]), dtype=np.int64)
        images = generator.sample(drawn.latents[order], drawn.classes[order])
    return AimedImages(
        images=images,
        latents=drawn.latents[order],
        classes=drawn.classes[order],
        seed=seed,
        indices=order,
        parents=np.array([kept.parents[i] for i in order], dtype=np.int64),
        parent_distances=np.array([kept.distances[i] for i in order]),
        training_distances=to_training[order],
        uncertainties=drawn.uncertainties[order],
        candidates=len(classes),
        dropped=_dropped(kept, copies, alike),
    )


def copy_radius(training_features: Features, quantile: float) -> float:
    """The distance below which two images count as copies: a quantile of real neighbours' (T, D).

    0 for fewer than two training images or where copies among them make the quantile 0.
    """
    if len(training_features) < 2:
        return 0.0
    return float(np.quantile(kth_neighbour(training_features, 1), quantile))


def _candidate_classes(
    targets_classes: NDArray[np.int64], config: AimConfig, seed: int
) -> NDArray[np.int64]:
    order = numpy_generator(seed, "aim").permutation(len(targets_classes))
    numbers = np.arange(config.keep * config.candidates_per_kept) % len(order)
    return np.asarray(targets_classes, np.int64)[order[numbers]]


def _draw(
    generator: Generator,
    classifier: Classifier,
    classes: NDArray[np.int64],
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> _Candidates:
    latents, features, uncertainties = [], [], []
    for start in range(0, len(classes), BATCH):
        if should_stop():
            raise StopRequestedError(f"Stopped after {start} of {len(classes)} candidates.")
        numbers = np.arange(start, min(start + BATCH, len(classes)))
        images, z = sample(generator, seed, classes[numbers], numbers)
        seen = classifier.predict(images)
        latents.append(z)
        features.append(seen.features)
        uncertainties.append(score("entropy", seen.probabilities, seed))
        on_event(EngineEvent("progress", int(numbers[-1]) + 1, len(classes), {}))
    return _Candidates(
        np.concatenate(latents), classes, np.concatenate(features), np.concatenate(uncertainties)
    )


def _like_refused(drawn: _Candidates, judged: Judged | None) -> NDArray[np.bool_]:
    if judged is None:
        return np.zeros(len(drawn.classes), dtype=bool)
    return like_refused(drawn.features, drawn.classes, judged)


@dataclass(frozen=True)
class _Kept:
    parents: dict[int, int]
    """Candidate → target."""
    distances: dict[int, float]
    crowded: int
    """Candidates that are near-copies of kept ones."""
    full: int
    """Candidates whose targets have enough."""


def _dropped(kept: _Kept, copies: NDArray[np.bool_], alike: NDArray[np.bool_]) -> dict[str, int]:
    counts = {
        "copies_training": int(copies.sum()),
        "like_refused": int(alike.sum()),
        "copies_kept": kept.crowded,
        "target_full": kept.full,
    }
    return {**counts, "too_far": len(copies) - len(kept.parents) - sum(counts.values())}


def _choose(
    drawn: _Candidates,
    targets_features: Features,
    targets_classes: NDArray[np.int64],
    eligible: NDArray[np.bool_],
    radius: float,
    keep: int,
) -> _Kept:
    """Greedily match candidates with targets of their class, nearest pairs first."""
    quota = max(1, math.ceil(CROWDING * keep / len(targets_features)))
    taken = np.zeros(len(targets_features), dtype=np.int64)
    crowded: set[int] = set()
    parents: dict[int, int] = {}
    spans: dict[int, float] = {}
    reached: set[int] = set()
    for candidate, target, distance in _pairs(drawn, targets_features, targets_classes, eligible):
        if len(parents) == keep:
            break
        reached.add(candidate)
        if candidate in parents or candidate in crowded or taken[target] == quota:
            continue
        ours = drawn.features[candidate : candidate + 1]
        if nearest(ours, drawn.features[list(parents)])[0] < radius:
            crowded.add(candidate)
            continue
        parents[candidate], spans[candidate] = target, distance
        taken[target] += 1
    full = len(reached - parents.keys() - crowded)
    return _Kept(parents, spans, len(crowded), full)


def _pairs(
    drawn: _Candidates,
    targets_features: Features,
    targets_classes: NDArray[np.int64],
    eligible: NDArray[np.bool_],
) -> list[tuple[int, int, float]]:
    """(candidate, target, distance) of one class each, nearest first, ties by number."""
    found = []
    for c in np.unique(targets_classes):
        candidates = np.flatnonzero((drawn.classes == c) & eligible)
        targets = np.flatnonzero(targets_classes == c)
        between = distances(drawn.features[candidates], targets_features[targets])
        rows, columns = np.indices(between.shape)
        found.append(
            np.stack([candidates[rows.ravel()], targets[columns.ravel()], between.ravel()])
        )
    pairs = np.concatenate(found, axis=1)
    order = np.lexsort((pairs[1], pairs[0], pairs[2]))
    return [(int(c), int(t), float(d)) for c, t, d in pairs[:, order].T]
