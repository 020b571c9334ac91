from __future__ import annotations

import numpy as np
import torch

from ml_engine.batches import BatchStream, mirror, shift, to_network, to_pixels


def test_every_image_is_seen_once_before_any_is_seen_again():
    stream = BatchStream(count=10, batch_size=4, seed=1)
    seen = np.concatenate([stream.indices(step) for step in range(5)])
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))


def test_a_step_gets_its_batch_whatever_was_asked_before():
    stream = BatchStream(count=7, batch_size=16, seed=1)
    batches = [stream.indices(step) for step in range(40)]
    assert (BatchStream(count=7, batch_size=16, seed=1).indices(39) == batches[39]).all()


def test_weights_decide_how_often_an_image_is_drawn():
    weights = np.array([1.0, 0.0, 3.0])
    stream = BatchStream(count=3, batch_size=400, seed=1, weights=weights)
    counts = np.bincount(np.concatenate([stream.indices(s) for s in range(10)]), minlength=3)
    assert counts[1] == 0
    assert abs(counts[2] / counts[0] - 3) < 0.4


def test_pixels_survive_the_way_into_the_network_and_back():
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    values = to_network(images, torch.device("cpu"))
    assert (values.min(), values.max()) == (-1, 1)
    assert (to_pixels(values) == images.numpy()).all()


def test_augmentation_moves_and_mirrors_whole_images():
    image = torch.zeros(200, 1, 8, 8, dtype=torch.uint8)
    image[:, :, 3, 2] = 255
    draws = np.random.default_rng(0)
    moved = shift(image, 2, draws).nonzero()
    assert set(moved[:, 2].tolist()) == {1, 2, 3, 4, 5}
    assert set(moved[:, 3].tolist()) == {0, 1, 2, 3, 4}
    columns = mirror(image, draws).nonzero()[:, 3].tolist()
    assert set(columns) == {2, 5}
