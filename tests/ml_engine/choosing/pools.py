"""Small pools of overlapping classes."""

from __future__ import annotations

import numpy as np

from ml_engine.choosing import Pool

CLASSES = 6
LENGTH = 16


def made_pool(seed: int, size: int = 580, annotated: int = 20, spread: float = 0.6) -> Pool:
    """Unit features around six centres, opinions that follow them, five members that disagree."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((CLASSES, LENGTH))
    classes = random.integers(CLASSES, size=annotated + size)
    features = centres[classes] + spread * random.standard_normal((annotated + size, LENGTH))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    logits = 2 * features[annotated:] @ centres.T + random.standard_normal((5, size, CLASSES))
    members = np.exp(logits)
    members /= members.sum(axis=-1, keepdims=True)
    return Pool(
        members[0].astype(np.float32),
        features[annotated:].astype(np.float32),
        seed,
        features[:annotated].astype(np.float32),
        classes[:annotated],
        members=members.astype(np.float32),
    )


def unit(rows: object) -> np.ndarray:
    """Rows at unit length."""
    points = np.asarray(rows, np.float64)
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def pool_of(
    features: np.ndarray,
    probabilities: np.ndarray | None = None,
    annotated: np.ndarray | None = None,
    annotated_classes: object = None,
    seed: int = 0,
) -> Pool:
    """A pool of these features; opinions are even where none are given."""
    if probabilities is None:
        probabilities = np.full((len(features), 2), 0.5)
    known = np.zeros((0, features.shape[1])) if annotated is None else annotated
    classes = np.zeros(len(known), int) if annotated_classes is None else annotated_classes
    return Pool(
        np.asarray(probabilities, np.float32),
        features,
        seed,
        np.asarray(known, np.float32),
        np.asarray(classes, np.int64),
    )
