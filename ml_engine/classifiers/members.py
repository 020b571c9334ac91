"""Stochastic members of a classifier, and how far they disagree."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.choosing.pool import Floats
from ml_engine.choosing.uncertain import disagreement
from ml_engine.classifiers.inference import INFERENCE_BATCH, TrainedClassifier
from ml_engine.config import EMBEDDING_SIZE, ConfigError, ShouldStop, StopRequestedError
from ml_engine.packs import Pack
from ml_engine.randomness import numpy_generator

MEMBERS = 20
"""The mean of so many moves little with more."""
MOST_NUMBERS = 2**24
"""Of members, held at once: 64 MiB."""


def disagreements(
    classifier: TrainedClassifier,
    pack: Pack,
    rows: NDArray[np.int64],
    *,
    seed: int,
    should_stop: ShouldStop | None = None,
) -> NDArray[np.float64]:
    """How far the members disagree about `rows` of `pack` (N,): mutual information ÷ log K, 0 to 1.

    Images are looked at in batches, so memory does not grow with their number. Raises `ConfigError`
    for a classifier without members; `StopRequestedError` between two batches.
    """
    kept = member_masks(classifier, seed)
    an_image = MEMBERS * max(EMBEDDING_SIZE, classifier.class_count)
    size = max(1, min(INFERENCE_BATCH, MOST_NUMBERS // an_image))
    found = np.zeros(len(rows))
    for start in range(0, len(rows), size):
        if should_stop is not None and should_stop():
            raise StopRequestedError(f"Stopped after {start} of {len(rows)} images.")
        images = pack.images[rows[start : start + size]]
        members = member_probabilities(classifier, images, kept)
        found[start : start + size] = disagreement(members)
    found /= np.log(classifier.class_count)
    return found


def member_masks(classifier: TrainedClassifier, seed: int) -> Tensor:
    """What each member keeps of the embedding, scaled (M, D), drawn from `seed`.

    MC dropout (Gal & Ghahramani 2016, "Dropout as a Bayesian Approximation", §3 and §4). One draw
    makes one member for all images, so that members are functions that can be compared. Raises
    `ConfigError` for a classifier that was trained without dropout.
    """
    share = classifier.dropout
    if not share:
        raise ConfigError(
            "BALD compares stochastic members of a classifier, and this one was trained without"
            " dropout, so that it has none: begin a round whose strategy is BALD, which trains one"
            " with dropout, or choose another strategy."
        )
    kept = numpy_generator(seed, "members").random((MEMBERS, EMBEDDING_SIZE)) >= share
    return torch.from_numpy(kept.astype(np.float32) / np.float32(1 - share)).to(classifier.device)


@torch.inference_mode()
def member_probabilities(
    classifier: TrainedClassifier, images: NDArray[np.uint8], kept: Tensor
) -> Floats:
    """Calibrated probabilities (M, N, K) of images uint8 (N, C, H, W) by M members."""
    embeddings = classifier.embeddings(images)
    logits = classifier.logits(embeddings[None] * kept[:, None])
    probabilities: Floats = (
        (logits.double() / classifier.temperature).softmax(-1).float().cpu().numpy()
    )
    return probabilities
