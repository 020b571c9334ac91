"""Few pictures, learnt by heart: what no network does whose gradients are wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.batches import AnnotatedImages
from ml_engine.config import ImageShape
from ml_engine.descent import descend
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.stylegan.generator import StyleGan
from ml_engine.packs import array_pack
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.generators.stylegan.small import config_of, latents_of, network_of

COUNT, SIZE = 4, 16
"""Of the pictures that two networks learn from each other; one by itself takes more."""
HASTE = {
    "steps": 200, "batch_size": 8, "layers": 3, "learning_rate": 6e-3,
    "discriminator_learning_rate": 6e-3, "r1_gamma": 0.5, "r1_every": 4, "ema_decay": 0.9,
    "augmentation": "none", "mirror": False, "threads": 1, "checks": 1,
}  # fmt: skip


def smooth_pictures(count: int, size: int) -> np.ndarray:
    """Unlike each other: (count, 1, size, size), a few waves each."""
    draws = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] / size

    def picture() -> np.ndarray:
        waves = sum(
            draws.normal() * np.cos(2 * np.pi * (a * x + b * y) + draws.uniform(0, 6))
            for a, b in draws.integers(-2, 3, (4, 2))
        )
        return 128 + 60 * waves / np.std(waves)

    return np.stack([picture() for _ in range(count)])[:, None].clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("configuration", ["t", "stylegan2"])
def test_it_learns_a_picture_for_each_class_by_heart(tmp_path, configuration):
    pictures, classes = smooth_pictures(COUNT, SIZE), np.arange(COUNT)
    config = config_of(configuration, **HASTE)
    with repeatable(1):
        gan = StyleGan(ImageShape(SIZE, 1), COUNT, config, seed=1)
        fit = GeneratorFit(1, tmp_path, ResumeFile(tmp_path, "print"), (), ignore, never)
        gan.fit(AnnotatedImages(array_pack(pictures), classes, classes), fit)
    z = np.random.default_rng(5).standard_normal((3 * COUNT, 8)).astype(np.float32)
    drawn = gan.sample(z, np.tile(classes, 3)).astype(float)
    truth = pictures.astype(float)
    away = np.sqrt(((drawn[:, None] - truth[None]) ** 2).mean(axis=(2, 3, 4)))
    assert (away.argmin(axis=1) == np.tile(classes, 3)).mean() > 0.9
    own = away[np.arange(3 * COUNT), np.tile(classes, 3)].mean()
    assert own < apart(truth) / 2


def apart(pictures: np.ndarray) -> float:
    """How far pictures are from each other on average."""
    between = np.sqrt(((pictures[:, None] - pictures[None]) ** 2).mean(axis=(2, 3, 4)))
    return float(between[between > 0].mean())


def test_it_draws_sixteen_pictures_that_it_is_shown():
    pictures, classes = smooth_pictures(16, 32), torch.arange(16)
    wanted = torch.from_numpy(pictures) / 127.5 - 1
    with repeatable(1):
        network = network_of("t", 32, 16, layers=4).train()
        z, _ = latents_of(16)
        optimizer = torch.optim.Adam(network.parameters(), 1e-2, betas=(0.0, 0.99))
        for _ in range(100):
            descend(optimizer, (network(z, classes) - wanted).square().mean())
        with torch.no_grad():
            away = 127.5 * (network(z, classes) - wanted).square().mean().sqrt()
    assert away < apart(pictures.astype(float)) / 3
