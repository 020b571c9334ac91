"""Annotations that most of the images nearby speak against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ml_engine.choosing.pool import Floats, Indices
from ml_engine.doubts.neighbours import nearest_rows

NEIGHBOURS = 10
LEAST_MARGIN = 0.4
"""On Fashion-MNIST with 300 annotated images, 5% of them wrong, it finds two in three of these, and
three in five of what it finds are wrong (`bench doubting`)."""


@dataclass(frozen=True)
class Mislabelled:
    """Why one annotation is doubted."""

    index: int
    other: int
    """Position of the likeliest other class."""
    margin: float
    """Share of that class among the neighbours less that of the class given, in [-1, 1]."""


@dataclass(frozen=True)
class Witnesses:
    """Annotated images that speak about N others, by one look."""

    images: Floats
    """(N, D)"""
    bank: Floats
    """(B, D)"""
    classes: Indices
    """(B,) positions."""
    own: Indices | None = None
    """(N,) the bank's row that each image is itself, where it is one."""


def mislabelled(
    witnesses: Sequence[Witnesses], classes: Indices, class_count: int, *, least: float
) -> list[Mislabelled]:
    """The annotations `classes` (N,) that are doubted, the most doubtful first.

    An image's class probabilities are the shares of the classes among its 10 nearest, averaged
    over the looks. None of them has seen its own annotation: a classifier that learnt from it
    repeats it. They are ranked by the normalised margin of confident learning (Northcutt et al.
    2021, "Confident Learning", §3.2) against a fixed bound; its counted thresholds, which ask for
    well calibrated probabilities, were half as precise with few images.
    """
    looks = [one for one in witnesses if len(one.bank) > NEIGHBOURS]
    if not looks or not len(classes):
        return []
    with threadpool_limits(1, user_api="blas"):
        shares = np.mean([class_shares(one, class_count) for one in looks], axis=0)
    rows = np.arange(len(classes))
    given = shares[rows, classes].copy()
    shares[rows, classes] = -1
    margins = shares.max(axis=1) - given
    found = [
        Mislabelled(row, int(shares[row].argmax()), float(margins[row]))
        for row in np.flatnonzero(margins >= least).tolist()
    ]
    return sorted(found, key=lambda doubt: (-doubt.margin, doubt.index))


def class_shares(witnesses: Witnesses, class_count: int) -> Floats:
    """Shares (N, K) of the classes among the 10 nearest."""
    near, _ = nearest_rows(witnesses.images, witnesses.bank, NEIGHBOURS, witnesses.own)
    said = witnesses.classes[near]
    shares: Floats = np.stack(
        [(said == one).mean(axis=1, dtype=np.float32) for one in range(class_count)], axis=1
    )
    return shares
