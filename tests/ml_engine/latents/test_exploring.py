from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.config import InversionConfig
from ml_engine.latents.exploring import explore, gaps
from ml_engine.latents.spaces import pixels, spaces
from ml_engine.randomness import normal
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.latents.conftest import ToyStyleGan


def test_gaps_are_real_images_without_a_synthetic_one_of_their_class_nearby():
    draws = np.random.default_rng(0)
    real = np.concatenate([draws.normal(0, 1, (60, 2)), draws.normal(20, 0.1, (60, 2))])
    fake = draws.normal(0, 1, (300, 2))
    one = np.zeros(120, np.int64)
    found = gaps(real, one, fake, np.zeros(300, np.int64))
    assert set(range(60, 120)) <= set(found.indices.tolist())
    assert found.coverage == pytest.approx(1 - len(found) / 120)
    assert 0.4 < found.coverage <= 0.5
    # Of another class they are no company.
    alone = gaps(real, one, fake, np.ones(300, np.int64))
    assert len(alone) == 120
    assert alone.coverage == 0
    assert len(gaps(real[:5], one[:5], fake, np.zeros(300, np.int64))) == 0


def test_dense_gaps_are_drawn_first_and_by_their_seed():
    draws = np.random.default_rng(0)
    real = np.concatenate([draws.normal(0, 5, (100, 2)), draws.normal(50, 0.1, (100, 2))])
    found = gaps(real, np.zeros(200, np.int64), np.zeros((0, 2)), np.zeros(0, np.int64))
    drawn = found.drawn(40, seed=3)
    assert len(set(drawn.indices.tolist())) == 40
    assert (drawn.indices >= 100).sum() > 30
    assert (drawn.indices == found.drawn(40, seed=3).indices).all()
    assert (drawn.indices != found.drawn(40, seed=4).indices).any()
    assert len(found.drawn(900, seed=3)) == 200


class Seen:
    """Sees pixels."""

    def features(self, images):
        return images.reshape(len(images), -1).astype(np.float32) / 255


def test_exploring_fills_gaps_that_the_generator_can_fill():
    generator = ToyStyleGan()
    space, classes = spaces(generator)["z"], torch.arange(60) % 3
    images = pixels(space, normal((60, 4), 1, "real"), classes)
    real, known = Seen().features(images), classes.numpy()
    found = gaps(real, known, np.zeros((0, real.shape[1])), np.zeros(0, np.int64)).drawn(8, seed=1)
    went = explore(
        generator, space, Seen(), found, images[found.indices], known[found.indices],
        perceptual=None, config=InversionConfig(steps=60, draws=64, threads=1), seed=1,
        on_event=ignore, should_stop=never,
    )  # fmt: skip
    assert went.filled.mean() > 0.8
    assert went.inversions.points.shape == (8, 4)
