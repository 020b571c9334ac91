"""Candidates that look more like what people refused than like what they would accept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.neighbours import Features, nearest

MOST_DROPPED = 0.5
"""Of a class's candidates, so that no class is given up: its next images may be better."""


@dataclass(frozen=True)
class Judged:
    """What a class may look like and what it may not, in the classifier's embedding."""

    right: Features
    """(R, D): real images, and synthetic ones that people accepted."""
    right_classes: NDArray[np.int64]
    refused: Features
    """(S, D): synthetic images that people refused."""
    refused_classes: NDArray[np.int64]
    """That they were asked for."""


def like_refused(
    features: Features, classes: NDArray[np.int64], judged: Judged
) -> NDArray[np.bool_]:
    """Whether each candidate (N, D) lies nearer to a refused image of its class than to any right
    one of it; of a class, at most half of the candidates: those for which it is clearest."""
    alike = np.zeros(len(features), dtype=bool)
    for c in np.unique(judged.refused_classes):
        mine = np.flatnonzero(classes == c)
        to_refused = nearest(features[mine], judged.refused[judged.refused_classes == c])
        to_right = nearest(features[mine], judged.right[judged.right_classes == c])
        clearest = np.argsort(to_refused - to_right, kind="stable")[: int(len(mine) * MOST_DROPPED)]
        alike[mine[clearest]] = to_refused[clearest] < to_right[clearest]
    return alike
