"""Every registered family, at several sizes, grey and colour."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GENERATOR_FAMILIES, ConfigError, GeneratorConfig, ImageShape
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import CannotEncodeError, GeneratorFit
from ml_engine.generators.registry import GENERATORS, generator_family
from ml_engine.randomness import layer_randomness
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import Heard, never

CONFIG = GeneratorConfig(steps=2, batch_size=8, width=4, latent_size=4, r1_every=1, threads=1)
EVERY = pytest.mark.parametrize("family", sorted(GENERATORS))


@EVERY
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [16, 28, 32])
def test_a_family_trains_every_weight_and_samples(make_pack, tmp_path, family, size, channels):
    pack, targets = make_pack(size, channels)
    heard = Heard()
    with repeatable(1), layer_randomness(torch.device("cpu")):
        generator = GENERATORS[family](pack.shape, 3, CONFIG, seed=1)
        before = {name: tensor.clone() for name, tensor in generator.state().items()}
        resume = ResumeFile(tmp_path, "print")
        fit = GeneratorFit(1, tmp_path, resume, (), heard, never)
        generator.fit(AnnotatedImages(pack, np.arange(30), targets), CONFIG, fit)
    curves = [event.values for event in heard if event.kind == "curve"]
    assert curves
    assert all(np.isfinite(value) for values in curves for value in values.values())
    unmoved = [
        name for name, tensor in generator.state().items() if torch.equal(tensor, before[name])
    ]
    assert unmoved == []
    images = generator.sample(np.zeros((5, 4), np.float32), np.array([0, 1, 2, 0, 1]))
    assert images.shape == (5, channels, size, size)
    assert images.dtype == np.uint8


@EVERY
def test_a_family_encodes_or_says_that_it_cannot(family):
    with layer_randomness(torch.device("cpu")):
        generator = GENERATORS[family](ImageShape(16, 1), 3, CONFIG, seed=1)
    with contextlib.suppress(CannotEncodeError):
        latents = generator.encode(np.zeros((2, 1, 16, 16), np.uint8))
        assert latents.shape == (2, generator.latent_size)


def test_the_families_that_may_be_chosen_are_those_that_there_are():
    assert sorted(GENERATORS) == sorted(GENERATOR_FAMILIES)


def test_an_unknown_family_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match="conditional_gan"):
        generator_family("nothing")


def test_a_size_that_cannot_be_doubled_is_refused():
    with pytest.raises(ConfigError, match="divisible by 4"):
        GENERATORS["conditional_gan"](ImageShape(30, 1), 3, CONFIG, seed=1)
