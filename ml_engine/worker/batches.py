"""What a strategy that looks at the pool as a whole chooses, as scores of single images."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from apps.images.models import Image
from ml_engine.choosing import Pool, choose
from ml_engine.classifiers.inference import Predictions


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """A real image, as far as a strategy must know it."""

    pk: int
    sha256: str
    split: str
    status: str
    position: int | None
    """Of its annotation class."""

    @property
    def can_be_asked_about(self) -> bool:
        """Whether people may be asked about it: it is of the pool and was not looked at."""
        return self.split == Image.Split.POOL and self.status == Image.Status.UNREVIEWED

    @property
    def is_learned_from(self) -> bool:
        """Whether a classifier learns from it: it is annotated and of train."""
        return (
            self.split == Image.Split.TRAIN
            and self.status == Image.Status.ACCEPTED
            and self.position is not None
        )

    @property
    def guides(self) -> bool:
        """Whether it is annotated and of guidance, from which no classifier learns."""
        return self.split == Image.Split.GUIDANCE and self.position is not None


def batch_chosen(
    strategy: str,
    images: Sequence[ScoredImage],
    seen: Predictions,
    *,
    count: int,
    seed: int,
    left_out: Collection[int] = (),
) -> list[int]:
    """The rows of `images` that the strategy chooses, at most `count`, in its order.

    Of those that people may be asked about, but for the rows `left_out`. `seen` has the rows of
    `images`.
    """
    askable = [image.can_be_asked_about and row not in left_out for row, image in enumerate(images)]
    rows = np.flatnonzero(askable)
    annotated = np.flatnonzero([image.is_learned_from for image in images])
    pool = Pool(
        seen.probabilities[rows],
        seen.features[rows],
        seed,
        seen.features[annotated],
        np.array([images[row].position for row in annotated.tolist()], np.int64),
    )
    return [int(rows[index]) for index in choose(strategy, pool, count)]


def batch_scores(
    images: Sequence[ScoredImage], chosen: Sequence[int], *, count: int
) -> dict[int, float]:
    """By row of `images`, a score of each that people may be asked about.

    The rows `chosen`, at most `count`, fall evenly from 1, in their order; all others have 0. So
    the highest scores are the choice.
    """
    askable = (row for row, image in enumerate(images) if image.can_be_asked_about)
    scores = dict.fromkeys(askable, 0.0)
    for place, row in enumerate(chosen):
        scores[row] = 1 - place / count
    return scores
