"""Aiming generation at what the classifier is unsure of.

Of many candidates, those nearest to uncertain images; or variants of these images themselves, found
in the generator's latents: those that are least sure and keep the class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ml_engine.candidates import Candidates, Targets, drawn_candidates, varied_candidates
from ml_engine.classifiers.inference import Classifier
from ml_engine.config import (
    AimConfig,
    EngineEvent,
    OnEvent,
    ShouldStop,
)
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator
from ml_engine.judged import Judged, like_refused
from ml_engine.latents.spaces import spaces
from ml_engine.latents.varying import Variants
from ml_engine.neighbours import Features, distances, kth_neighbour, nearest
from ml_engine.randomness import numpy_generator

CROWDING = 2.0
"""A target takes at most this many times its even share of the kept images."""


@dataclass(frozen=True)
class AimedImages:
    """The kept candidates, in parallel arrays of length n, the best first: nearest to their
    parent, or least sure where they are its variants.

    `pixels(spaces(generator)[space], latents, classes)` makes them again; so does
    `sample(generator, seed, classes, indices)` where they were drawn.
    """

    images: NDArray[np.uint8]
    """(n, C, H, W)"""
    latents: NDArray[np.float32]
    """(n, *shape): points of `space`; in z, what `Generator.sample` takes."""
    classes: NDArray[np.int64]
    seed: int
    indices: NDArray[np.int64]
    """Numbers of the candidates of `seed`."""
    parents: NDArray[np.int64]
    """Index of the uncertain target that each was chosen for."""
    parent_distances: NDArray[np.float64]
    training_distances: NDArray[np.float64]
    """Distance to the nearest training image."""
    uncertainties: NDArray[np.float64]
    """Normalised entropy of the classifier, in [0, 1]."""
    candidates: int
    dropped: dict[str, int]
    """How many candidates were not kept, by reason: `copies_training`, `copies_target` (variants
    too near to their own target), `like_refused` (more like images that people refused than like
    right ones), `class_lost` (variants that the classifier
    gives another class), `copies_kept`, `target_full` (their targets have enough), `too_far`
    (enough nearer ones, or of variants less sure ones, were found)."""
    space: str = "z"
    paths: list[dict[str, Any]] | None = None
    """How each was come to from its parent, as plain JSON; None where they were drawn."""

    def __len__(self) -> int:
        return len(self.classes)


def aim(
    generator: Generator,
    classifier: Classifier,
    targets: Targets,
    *,
    training_features: Features,
    config: AimConfig,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
    judged: Judged | None = None,
    perceptual: nn.Module | None = None,
) -> AimedImages:
    """Make `keep · candidates_per_kept` candidates and keep up to `keep` of them.

    Candidates take the targets' classes in turn. Drawn ones are paired with the targets of their
    class, nearest pairs first. Variants (`config.way` is invert; `perceptual` as in `invert`) have
    their target, come least sure first, and must be of its class to the classifier, too. A
    candidate is dropped if it is a near-copy of a training image (T, D), of its own target or of a
    kept one, or more like what people refused than like what is right (`judged`), and a target
    takes at most twice its even share, so fewer than `keep` may come back. A generator without
    latents that one could walk in draws, and a warning says so.
    Raises `StopRequestedError` between batches, and `ValueError` without a target, or without the
    targets' images where they are to be varied.
    """
    if len(targets.features) == 0:
        raise ValueError("There is no uncertain image to aim at.")
    turns = _turns(len(targets.classes), config, seed)
    with repeatable(config.threads):
        if _varies(generator, config, on_event):
            seen = varied_candidates(
                generator, classifier, targets, turns, perceptual=perceptual, config=config,
                seed=seed, on_event=on_event, should_stop=should_stop,
            )  # fmt: skip
        else:
            seen = drawn_candidates(
                generator, classifier, np.asarray(targets.classes, np.int64)[turns], seed=seed,
                on_event=on_event, should_stop=should_stop,
            )  # fmt: skip
        to_training = nearest(seen.features, training_features)
        radius = copy_radius(training_features, config.copy_quantile)
        reasons = {
            "copies_training": to_training < radius,
            # What measures or calibrates must not come back as something to learn from.
            "copies_target": seen.parent_distances(targets) < radius,
            "like_refused": _like_refused(seen, judged),
            "class_lost": seen.class_lost,
        }
        refused, counts = _refused(reasons)
        kept = _choose(seen, targets, ~refused, radius, config.keep)
        order = np.array(kept.order(seen), dtype=np.int64)
        images = seen.images(generator, order)
    return AimedImages(
        images=images,
        latents=seen.latents[order],
        classes=seen.classes[order],
        seed=seed,
        indices=order,
        parents=np.array([kept.parents[i] for i in order], dtype=np.int64),
        parent_distances=np.array([kept.distances[i] for i in order]),
        training_distances=to_training[order],
        uncertainties=seen.uncertainties[order],
        candidates=len(turns),
        dropped=_dropped(kept, counts, len(turns)),
        space=seen.variants.space.name if seen.variants else "z",
        paths=[seen.variants.paths[i] for i in order] if seen.variants else None,
    )


def _varies(generator: Generator, config: AimConfig, on_event: OnEvent) -> bool:
    if config.way == "draw":
        return False
    if spaces(generator):
        return True
    told = f"{generator.config_type.title} has no latents of images, so candidates are drawn."
    on_event(EngineEvent("warning", 0, 0, {}, told))
    return False


def copy_radius(training_features: Features, quantile: float) -> float:
    """The distance below which two images count as copies: a quantile of real neighbours' (T, D).

    0 for fewer than two training images or where copies among them make the quantile 0.
    """
    if len(training_features) < 2:
        return 0.0
    return float(np.quantile(kth_neighbour(training_features, 1), quantile))


def _turns(target_count: int, config: AimConfig, seed: int) -> NDArray[np.int64]:
    """The target (N,) whose class each candidate takes: all targets in turn."""
    order = numpy_generator(seed, "aim").permutation(target_count)
    numbers = np.arange(config.keep * config.candidates_per_kept) % target_count
    return np.asarray(order[numbers], np.int64)


def _like_refused(drawn: Candidates, judged: Judged | None) -> NDArray[np.bool_]:
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

    def order(self, seen: Candidates) -> list[int]:
        """The kept candidates, the best first."""
        if seen.variants is None:
            return sorted(self.parents, key=lambda i: self.distances[i])
        return sorted(self.parents, key=lambda i: (-seen.uncertainties[i], i))


def _refused(
    reasons: dict[str, NDArray[np.bool_]],
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Candidates (N,) that are refused for any reason, and how many for each; the first counts."""
    refused: NDArray[np.bool_] = np.zeros_like(next(iter(reasons.values())))
    counts = {}
    for reason, there in reasons.items():
        counts[reason] = int((there & ~refused).sum())
        refused = refused | there
    return refused, counts


def _dropped(kept: _Kept, refused: dict[str, int], candidates: int) -> dict[str, int]:
    counts = {**refused, "copies_kept": kept.crowded, "target_full": kept.full}
    return {**counts, "too_far": candidates - len(kept.parents) - sum(counts.values())}


def _choose(
    drawn: Candidates, targets: Targets, eligible: NDArray[np.bool_], radius: float, keep: int
) -> _Kept:
    """Greedily match candidates with targets, the best pairs first."""
    quota = max(1, math.ceil(CROWDING * keep / len(targets.features)))
    taken = np.zeros(len(targets.features), dtype=np.int64)
    crowded: set[int] = set()
    parents: dict[int, int] = {}
    spans: dict[int, float] = {}
    reached: set[int] = set()
    if drawn.variants is None:
        pairs = _pairs(drawn, targets, eligible)
    else:
        pairs = _own_pairs(drawn, drawn.variants, targets, eligible)
    for candidate, target, distance in pairs:
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


def _own_pairs(
    varied: Candidates, variants: Variants, targets: Targets, eligible: NDArray[np.bool_]
) -> list[tuple[int, int, float]]:
    """(variant, its target, distance), the least sure first, ties by number."""
    order = np.argsort(-varied.uncertainties, kind="stable")
    spans = varied.parent_distances(targets)
    return [(int(c), int(variants.targets[c]), float(spans[c])) for c in order[eligible[order]]]


def _pairs(
    drawn: Candidates, targets: Targets, eligible: NDArray[np.bool_]
) -> list[tuple[int, int, float]]:
    """(candidate, target, distance) of one class each, nearest first, ties by number."""
    found = []
    for c in np.unique(targets.classes):
        candidates = np.flatnonzero((drawn.classes == c) & eligible)
        there = np.flatnonzero(targets.classes == c)
        between = distances(drawn.features[candidates], targets.features[there])
        rows, columns = np.indices(between.shape)
        found.append(np.stack([candidates[rows.ravel()], there[columns.ravel()], between.ravel()]))
    pairs = np.concatenate(found, axis=1)
    order = np.lexsort((pairs[1], pairs[0], pairs[2]))
    return [(int(c), int(t), float(d)) for c, t, d in pairs[:, order].T]
