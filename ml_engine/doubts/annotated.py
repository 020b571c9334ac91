"""Annotated images, seen by a classifier and coarsely, as what others are doubted by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.choosing.pool import Floats, Indices
from ml_engine.doubts.mislabelled import LEAST_MARGIN, Mislabelled, Witnesses, mislabelled
from ml_engine.doubts.outliers import Look, Outlier, outliers

EMBEDDING, COARSE = "embedding", "coarse"
NEIGHBOUR = {EMBEDDING: 5, COARSE: 3}
"""Which nearest one's distance is looked at."""
LEAST_OF_A_CLASS = max(NEIGHBOUR.values())
LEAST_GUIDANCE = 100
"""With fewer guidance images, training images themselves speak about annotations."""


@dataclass(frozen=True)
class Annotated:
    """A annotated images: some that the classifier learnt from, and guidance images."""

    embeddings: Floats
    """(A, D), of unit length."""
    coarse: Floats
    """(A, E), as `coarse_look` gives them."""
    classes: Indices
    """(A,) positions."""
    learned: NDArray[np.bool_]
    """(A,) whether the classifier learnt from it."""

    def rare_classes(self, class_count: int) -> list[int]:
        """Positions of the classes of which there are too few images to lie near to.

        An image of such a class would be doubted for its class alone: of one without any, four in
        five were.
        """
        counts = np.bincount(self.classes, minlength=class_count)
        rare: list[int] = np.flatnonzero(counts < LEAST_OF_A_CLASS).tolist()
        return rare

    def outliers(self, embeddings: Floats, coarse: Floats, share: float) -> list[Outlier]:
        """Which of N images, seen in the same two ways, lie far from all annotated ones.

        Of the embedding guidance images judge alone: those that a classifier learnt from lie
        nearer to each other than any new image does to them, by which too many would be found.
        """
        every, guidance = np.arange(len(self.classes)), np.flatnonzero(~self.learned)
        looks = [
            Look(EMBEDDING, embeddings, self.embeddings, guidance, NEIGHBOUR[EMBEDDING]),
            Look(COARSE, coarse, self.coarse, every, NEIGHBOUR[COARSE]),
        ]
        return outliers(looks, share)

    def mislabelled(self, class_count: int) -> list[Mislabelled]:
        """Which of the images that were learnt from hardly have their class.

        By the embedding guidance images speak, where there are enough: a wrong class that was
        learnt has drawn its image towards the others of that class.
        """
        learned, guidance = np.flatnonzero(self.learned), np.flatnonzero(~self.learned)
        coarse = Witnesses(self.coarse[learned], self.coarse, self.classes, learned)
        bank, own = guidance, None
        if len(guidance) < LEAST_GUIDANCE:
            bank, own = learned, np.arange(len(learned))
        embedded = Witnesses(
            self.embeddings[learned], self.embeddings[bank], self.classes[bank], own
        )
        found = mislabelled(
            [coarse, embedded], self.classes[learned], class_count, least=LEAST_MARGIN
        )
        return [
            Mislabelled(int(learned[doubt.index]), doubt.other, doubt.margin) for doubt in found
        ]
