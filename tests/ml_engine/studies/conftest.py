"""Striped pictures that a small classifier learns in a few steps."""

from __future__ import annotations

import numpy as np

from ml_engine.config import ClassifierConfig
from ml_engine.studies.pictures import Pictures
from tests.ml_engine.conftest import stripes

QUICK = ClassifierConfig(steps=25, batch_size=16, mirror=False, shift=0)


def pictures(count, seed):
    draws, classes = np.random.default_rng(seed), np.arange(count) % 3
    images = [stripes(int(c), 16, 1, draws).transpose(2, 0, 1) for c in classes]
    return Pictures(np.stack(images), classes)
