"""How much planted junk is doubted, and how much that belongs.

As in a round of the loop: a classifier learns from few annotated images, one in twenty wrongly
annotated; guidance images are annotated and not learnt from; junk lies in the pool.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.config import ClassifierConfig
from ml_engine.doubts.annotated import Annotated
from ml_engine.doubts.neighbours import coarse_look
from ml_engine.packs import array_pack
from ml_engine.randomness import numpy_generator
from ml_engine.studies.learning import learnt
from ml_engine.studies.pictures import Pictures

PLANTED = 100
"""Images of each kind of junk."""
WRONG = 0.05
"""Share of the training images that get another class."""
PARTS = 4
"""Each way, of an image whose parts are shuffled."""


@dataclass(frozen=True)
class Counts:
    """How many images there are of each kind."""

    annotated: int = 300
    guidance: int = 1000
    pool: int = 4000
    """That belong."""


@dataclass(frozen=True)
class Found:
    """What was doubted. All are shares in [0, 1]."""

    false_outliers: float
    """Of the pool's images that belong."""
    outliers: Mapping[str, float]
    """Of each kind of junk."""
    wrong_found: float
    """Of the annotations that are wrong."""
    wrong_share: float
    """Of the doubted annotations, those that are wrong; 0 where none is doubted."""


def doubting(
    pictures: Pictures,
    others: Pictures,
    folder: Path,
    *,
    class_count: int,
    share: float,
    seed: int,
    counts: Counts | None = None,
    config: ClassifierConfig | None = None,
) -> Found:
    """Plant junk and wrong annotations, train, and look for both.

    `pictures` must be enough for `counts`; `others`, of the same shape, are another data set's.
    """
    counts, random = counts or Counts(), numpy_generator(seed, "doubting")
    order = random.permutation(len(pictures.classes))
    ends = np.cumsum([counts.annotated, counts.guidance, counts.pool])
    train, guidance, pool = np.split(order[: ends[-1]], ends[:-1])
    given = pictures.classes[train].copy()
    wrong = random.random(len(given)) < WRONG
    given[wrong] = (given[wrong] + random.integers(1, class_count, wrong.sum())) % class_count
    config = config or ClassifierConfig()
    pack = array_pack(pictures.images[train])
    classifier = learnt(pack, np.arange(len(pack)), given, class_count, config, seed, folder)
    annotated = np.concatenate([train, guidance])
    known = Annotated(
        classifier.features(pictures.images[annotated]),
        coarse_look(pictures.images[annotated]),
        np.concatenate([given, pictures.classes[guidance]]),
        np.arange(len(annotated)) < len(train),
    )
    doubted = np.array([one.index for one in known.mislabelled(class_count)], np.int64)
    return Found(
        _share_found(known, classifier, pictures.images[pool], share),
        {
            kind: _share_found(known, classifier, images, share)
            for kind, images in junk(pictures.images[pool], others.images, random).items()
        },
        float(np.isin(np.flatnonzero(wrong), doubted).mean()) if wrong.any() else 0.0,
        float(wrong[doubted].mean()) if len(doubted) else 0.0,
    )


def junk(
    images: np.ndarray, others: np.ndarray, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """`PLANTED` images uint8 (N, C, H, W) of each kind of junk, made of those that belong."""
    drawn = images[random.permutation(len(images))[:PLANTED]]
    shape = (len(drawn), *images.shape[1:])
    size = shape[-1]
    clouds = torch.from_numpy(random.standard_normal((*shape[:2], 7, 7))).float()
    smooth = F.interpolate(clouds, (size, size), mode="bilinear") * 60 + 110
    return {
        "noise": random.integers(0, 256, shape).astype(np.uint8),
        "clouds": smooth.clamp(0, 255).numpy().astype(np.uint8),
        "blank": np.zeros(shape, np.uint8)
        + random.integers(0, 256, (len(drawn), 1, 1, 1)).astype(np.uint8),
        "inverted": 255 - drawn,
        "shuffled": _shuffled(drawn, random),
        "upside_down": drawn[:, :, ::-1],
        "another_data_set": others[random.permutation(len(others))[:PLANTED]],
    }


def _shuffled(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Images whose 4 by 4 parts lie anywhere."""
    count, channels, size, _ = images.shape
    side = size // PARTS
    cut = images[..., : side * PARTS, : side * PARTS]
    parts = cut.reshape(count, channels, PARTS, side, PARTS, side).transpose(0, 2, 4, 1, 3, 5)
    parts = parts.reshape(count, PARTS**2, channels, side, side)
    mixed = np.stack([one[random.permutation(PARTS**2)] for one in parts])
    whole = mixed.reshape(count, PARTS, PARTS, channels, side, side).transpose(0, 3, 1, 4, 2, 5)
    shuffled = images.copy()
    shuffled[..., : side * PARTS, : side * PARTS] = whole.reshape(cut.shape)
    return shuffled


def _share_found(
    known: Annotated, classifier: TrainedClassifier, images: np.ndarray, share: float
) -> float:
    found = known.outliers(classifier.features(images), coarse_look(images), share)
    return len(found) / len(images)
