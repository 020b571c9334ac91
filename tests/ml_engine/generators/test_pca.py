from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from ml_engine.config import ImageShape
from ml_engine.generators import pca
from ml_engine.generators.health import Reference
from ml_engine.generators.pca import principal_components
from ml_engine.generators.training import load_generator, sample, train_generator
from ml_engine.packs import array_pack
from tests.ml_engine.conftest import Heard, ignore, never, stripes
from tests.ml_engine.generators.conftest import tiny


def train(images, targets, folder, class_count=3, **settings):
    pack = array_pack(images)
    result = train_generator(
        pack, np.arange(len(pack)), np.asarray(targets), class_count, pack.shape,
        tiny("pca", **settings), 3, folder, on_event=ignore, should_stop=never,
    )  # fmt: skip
    return load_generator(result.folder)


def striped(count, size=16, channels=1, seed=0):
    draws = np.random.default_rng(seed)
    images = [stripes(i % 3, size, channels, draws).transpose(2, 0, 1) for i in range(count)]
    return np.stack(images), np.arange(count) % 3


def spread_of(count, seed=0):
    """Points (count, 40) whose spread falls from direction to direction, and the directions."""
    generator = torch.Generator().manual_seed(seed)
    directions = torch.linalg.qr(torch.randn(40, 40, generator=generator)).Q
    codes = torch.randn(count, 40, generator=generator) * 0.7 ** torch.arange(40)
    points = codes @ directions.T
    return points - points.mean(dim=0)


@pytest.mark.parametrize("count", [20, 400])
def test_every_way_to_the_components_finds_the_same_directions(monkeypatch, count):
    points = spread_of(count)
    exact = principal_components(points, 6, seed=1)
    for most in (20, 10):  # the smaller side alone, then neither
        monkeypatch.setattr(pca, "EXACT", most)
        found = principal_components(points, 6, seed=1)
        assert (exact * found).sum(dim=0).abs() == pytest.approx(1, abs=1e-3)


def test_components_are_orthonormal_where_images_are_fewer(monkeypatch):
    monkeypatch.setattr(pca, "EXACT", 10)
    components = principal_components(spread_of(3), 8, seed=1)
    assert (components.T @ components).numpy() == pytest.approx(np.eye(8), abs=1e-5)


def test_large_colour_images_take_moments(tmp_path):
    images, targets = striped(60, 64, 3)
    generator = train(images, targets, tmp_path, latent_size=20)
    drawn, _ = sample(generator, 1, np.arange(6) % 3)
    assert drawn.shape == (6, 3, 64, 64)


def test_what_is_encoded_is_drawn_again(tmp_path):
    images, targets = striped(60)
    generator = train(images, targets, tmp_path, latent_size=60)
    again = generator.sample(generator.encode(images, targets), targets)
    assert np.abs(again.astype(int) - images).mean() < 12


def test_codes_of_a_class_have_its_mean_and_spread(tmp_path):
    targets, draws = np.arange(900) % 3, np.random.default_rng(0)
    images = draws.normal(90 + 40 * targets[:, None, None, None], 20, (900, 1, 16, 16))
    images = images.clip(0, 255).astype(np.uint8)
    generator = train(images, targets, tmp_path, latent_size=6)
    latents = generator.encode(images, targets)
    for c in range(3):
        assert latents[targets == c].mean(axis=0) == pytest.approx(np.zeros(6), abs=0.02)
        assert latents[targets == c].std(axis=0) == pytest.approx(np.ones(6), abs=0.1)


@pytest.mark.parametrize("mirror", [True, False])
def test_one_image_is_drawn_again_and_again(tmp_path, mirror):
    picture = np.full((1, 1, 16, 16), 30, np.uint8)
    picture[..., 4:9, 2:14] = 200
    symmetric = np.maximum(picture, picture[..., ::-1])
    generator = train(symmetric, [0], tmp_path / "one", class_count=1, mirror=mirror)
    drawn, _ = sample(generator, 1, np.zeros(5, np.int64))
    assert np.abs(drawn.astype(int) - symmetric).max() <= 2


def test_a_class_of_two_images_is_like_them_and_not_only_them(tmp_path):
    images, targets = striped(60)
    few = np.concatenate([np.flatnonzero(targets != 2), np.flatnonzero(targets == 2)[:2]])
    generator = train(images[few], targets[few], tmp_path, latent_size=20)
    drawn, _ = sample(generator, 1, np.full(20, 2))
    squares = images[targets == 2].mean(axis=0)
    others = images[targets == 1].mean(axis=0)
    nearer = np.abs(drawn - squares).mean(axis=(1, 2, 3)) < np.abs(drawn - others).mean((1, 2, 3))
    assert nearer.all()
    assert drawn.std(axis=0).mean() > 5


@pytest.mark.parametrize("family", ["pca", "augmentation"])
def test_a_control_shows_a_sheet_and_raises_the_alarm_once(tmp_path, family):
    images, _ = striped(60)
    unseen, classes = striped(60, seed=1)
    same = np.repeat(images[:3], 20, axis=0)  # one picture a class: nothing can vary
    heard = Heard()
    reference = Reference("pixels", flat(unseen), classes, flat)
    train_generator(
        array_pack(same), np.arange(60), np.arange(3).repeat(20), 3, ImageShape(16, 1),
        tiny(family), 3, tmp_path, reference=reference, on_event=heard, should_stop=never,
    )  # fmt: skip
    (sheet,) = [event.path for event in heard if event.kind == "samples"]
    assert Image.open(sheet).size == (10 * 16, 3 * 16)
    assert ["collapsed" in event.message for event in heard if event.kind == "alarm"] == [True]


def flat(images):
    return images.reshape(len(images), -1) / 255
