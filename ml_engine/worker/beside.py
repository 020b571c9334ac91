"""What a generator is measured beside: real images as a classifier sees them, and its samples.

The real side, and the training side of memorisation, are real images always: a synthetic image
that a generator learnt from in a turn of refinement is in neither.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.images.models import Image
from apps.training.models import Checkpoint, Prediction
from ml_engine.classifiers.inference import Classifier
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import sample
from ml_engine.measures.report import Side

MOST_COMPARED = 2000
"""Images on each side of the measures; their cost grows with the square."""


class RealImages:
    """The real images as the classifier sees them, in order of their hashes."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        rows = list(
            Prediction.objects.filter(checkpoint=checkpoint)
            .order_by("image__sha256")
            .values_list(
                "image_id",
                "image__sha256",
                "image__split",
                "image__annotation_class__position",
                "annotation_class__position",
                "embedding",
            )
        )
        self.ids = [row[0] for row in rows]
        self.hashes = [row[1] for row in rows]
        self.row_of = {sha256: number for number, sha256 in enumerate(self.hashes)}
        self.split = np.array([row[2] for row in rows])
        self.classes = np.array([row[4] if row[3] is None else row[3] for row in rows], np.int64)
        self.features = np.array([row[5] for row in rows], np.float32)

    def side(self, rows: NDArray[np.int64]) -> Side:
        """These rows' features and classes."""
        return Side(self.features[rows], self.classes[rows])


class Beside:
    """Guidance images, which no generator has learnt from, and as many untargeted samples."""

    def __init__(
        self, generator: Generator, classifier: Classifier, real: RealImages, seed: int
    ) -> None:
        self.rows = np.flatnonzero(real.split == Image.Split.GUIDANCE)[:MOST_COMPARED]
        self.real = real.side(self.rows)
        self.training_rows = np.flatnonzero(real.split != Image.Split.GUIDANCE)
        self.training = real.side(self.training_rows)
        side = classifier.shape.size
        images = np.zeros((0, classifier.shape.channels, side, side), np.uint8)
        if len(self.rows):
            images, _ = sample(generator, seed, self.real.classes)
        self.images = images
        self.samples = classifier.predict(images)
        self.fake = Side(self.samples.features, self.real.classes)
