"""Images that lie farther from all that is annotated than annotated images do from each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ml_engine.choosing.pool import Floats, Indices
from ml_engine.doubts.neighbours import nearest_rows


@dataclass(frozen=True)
class Look:
    """One way to see images: those to judge beside a bank of annotated ones."""

    name: str
    images: Floats
    """(N, D)"""
    bank: Floats
    """(B, D)"""
    judges: Indices
    """(J,) rows of the bank whose own distances say what is usual. They must be like images that
    are judged: of an embedding, only those that its classifier did not learn from are."""
    neighbours: int


@dataclass(frozen=True)
class Outlier:
    """Why one image is doubted."""

    index: int
    look: str
    distance: float
    """To its k-th nearest of the bank."""
    threshold: float
    """What it exceeds."""


def outliers(looks: Sequence[Look], share: float) -> list[Outlier]:
    """The images that any of the looks finds too far away, in their order.

    The distance to the k-th nearest (Sun et al. 2022, "Out-of-Distribution Detection with Deep
    Nearest Neighbors", §3, eq. 2) is set against the judges' own, each left out of the bank, as a
    conformal p-value (Bates et al. 2023, "Testing for Outliers with Conformal p-values", §1.2):
    of images like the judges, at most `share` are found, which the looks divide among them
    (Bonferroni). A look with too few judges for its part is left out, and what has no look finds
    nothing. Leaving one out instead of parting the bank makes the bound an approximate one.
    """
    found: dict[int, Outlier] = {}
    with threadpool_limits(1, user_api="blas"):
        usable = usable_looks(looks, share)
        for look in usable:
            threshold = _threshold(look, share / len(usable))
            distances = nearest_rows(look.images, look.bank, look.neighbours)[1][:, -1]
            for index in np.flatnonzero(distances > threshold).tolist():
                doubt = Outlier(index, look.name, float(distances[index]), threshold)
                found[index] = max(found.get(index, doubt), doubt, key=_excess)
    return [found[index] for index in sorted(found)]


def usable_looks(looks: Sequence[Look], share: float) -> list[Look]:
    """The most looks that each have judges and neighbours enough for their part of `share`."""
    able = sorted(
        (look for look in looks if len(look.bank) > look.neighbours and len(look.images)),
        key=lambda look: -len(look.judges),
    )
    while able and _rank(len(able[-1].judges), share / len(able)) > len(able[-1].judges):
        able.pop()
    return able


def _threshold(look: Look, share: float) -> float:
    """What at most `share` of distances like the judges' exceed."""
    usual = nearest_rows(look.bank[look.judges], look.bank, look.neighbours, look.judges)[1][:, -1]
    return float(np.sort(usual)[max(1, _rank(len(usual), share)) - 1])


def _rank(judges: int, share: float) -> int:
    """Which of the judges' distances, from the least, is the threshold; beyond all: too few."""
    return math.ceil((judges + 1) * (1 - share))


def _excess(outlier: Outlier) -> float:
    return outlier.distance / max(outlier.threshold, 1e-9)
