"""What a strategy may look at: the images to choose from, and those that are annotated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


def _no_classes() -> Indices:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Pool:
    """N images to choose from and A annotated ones, as one classifier sees them.

    Raises `ValueError` where the numbers of rows or columns disagree.
    """

    probabilities: Floats
    """(N, K), rows sum to 1."""
    features: Floats
    """(N, D) embeddings of unit length."""
    seed: int
    annotated_features: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """(A, D) embeddings of unit length; may be left empty."""
    annotated_classes: Indices = field(default_factory=_no_classes)
    """(A,) positions of classes, below K."""
    members: Floats | None = None
    """(M, N, K) probabilities by M stochastic members, where a strategy needs them."""

    def __post_init__(self) -> None:
        size, length = self.features.shape
        _same("probabilities", len(self.probabilities), "features", size)
        _same("annotated_classes", len(self.annotated_classes), "annotated_features", self.known)
        if self.known:
            _same("annotated_features' columns", self.annotated_features.shape[1], "D", length)
        if self.members is not None:
            _same("members' rows", self.members.shape[1], "features", size)

    def __len__(self) -> int:
        return len(self.features)

    @property
    def known(self) -> int:
        """How many images are annotated: A."""
        return len(self.annotated_features)

    @property
    def class_count(self) -> int:
        """How many classes there are: K."""
        return int(self.probabilities.shape[1])

    def all_features(self) -> Floats:
        """(A + N, D): what is annotated, then what can be chosen."""
        if not self.known:
            return self.features
        return np.concatenate([self.annotated_features, self.features])

    def only(self, indices: Indices) -> Pool:
        """The pool of these images beside the same annotated ones."""
        return replace(
            self,
            probabilities=self.probabilities[indices],
            features=self.features[indices],
            members=None if self.members is None else self.members[:, indices],
        )


def _same(name: str, size: int, other: str, expected: int) -> None:
    if size != expected:
        raise ValueError(f"{name} are {size}, but {other} are {expected}: give as many of both.")
