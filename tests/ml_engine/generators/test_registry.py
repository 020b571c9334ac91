"""Every registered family, at two sizes, grey and colour, with classes and without."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch
from PIL import Image

from ml_engine.batches import AnnotatedImages
from ml_engine.checkpoints import CheckpointError
from ml_engine.config import FAMILIES, ConfigError, ImageShape, StopRequestedError, TrainedConfig
from ml_engine.devices import repeatable
from ml_engine.generators.adversarial.generator import AdversarialGenerator
from ml_engine.generators.protocol import CannotEncodeError, GeneratorFit
from ml_engine.generators.registry import GENERATORS, generator_family
from ml_engine.generators.training import load_generator, sample, train_generator
from ml_engine.packs import write_pack
from ml_engine.randomness import layer_randomness
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import CrashAfter, Heard, StopAfter, ignore, never, stripes
from tests.ml_engine.generators.conftest import EVERY, tiny

OVERFIT_STEPS = 200
HASTE = {
    "diffusion": {"width": 16, "learning_rate": 3e-3, "sampling_steps": 8},
    "gan": {"width": 64, "learning_rate": 2e-3, "discriminator_learning_rate": 2e-3,
            "ema_decay": 0.98},
    "dcgan": {"width": 16, "learning_rate": 1e-3, "discriminator_learning_rate": 1e-3},
    "wgan_gp": {"steps": 100, "discriminator_steps": 2, "ema_decay": 0.9},
    "sagan": {"steps": 120, "learning_rate": 2e-3, "discriminator_learning_rate": 2e-3,
              "ema_decay": 0.9},
    "progan": {"ema_decay": 0.9, "r1_every": 8},
}  # fmt: skip
"""Settings with which so few steps are enough, where a family's own are for longer trainings."""
FIXED = ("sha256", "_filter", ".freqs", ".phases", ".transform", ".noise_const")
"""Ends of the names of what a family keeps beside its weights."""
TRAINED = pytest.mark.parametrize(
    "family", sorted(name for name, config in FAMILIES.items() if issubclass(config, TrainedConfig))
)
LEARNS_ANEW = pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"diffusers_lora"}))
"""That one family bends what a pipeline knows, and the tests' pipeline knows nothing."""

LEARNS_SOON = pytest.mark.parametrize(
    "family", sorted(set(FAMILIES) - {"diffusers_lora", "stylegan3"})
)
"""StyleGAN3 takes more steps; it has a test of its own."""


def train(data, folder, family, *, seed=3, should_stop=never, on_event=ignore, **settings):
    pack, targets = data
    return train_generator(
        pack, np.arange(len(pack)), targets, int(targets.max()) + 1, pack.shape,
        tiny(family, **settings), seed, folder, on_event=on_event, should_stop=should_stop,
    )  # fmt: skip


@EVERY
@pytest.mark.parametrize("class_count", [1, 3])
@pytest.mark.parametrize("shape", [(16, 1), (16, 3), (32, 1), (32, 3)])
def test_a_family_trains_every_weight_and_samples(make_pack, tmp_path, family, shape, class_count):
    pack, targets = make_pack(*shape)
    heard = Heard()
    config = tiny(family)
    with repeatable(1), layer_randomness(torch.device("cpu")):
        generator = GENERATORS[family](pack.shape, class_count, config, seed=1)
        before = {name: tensor.clone() for name, tensor in generator.state().items()}
        fit = GeneratorFit(1, tmp_path, ResumeFile(tmp_path, "print"), (), heard, never)
        generator.fit(AnnotatedImages(pack, np.arange(30), targets % class_count), fit)
    curves = [event.values for event in heard if event.kind == "curve"]
    assert bool(curves) == isinstance(config, TrainedConfig)
    assert all(np.isfinite(value) for values in curves for value in values.values())
    unmoved = [
        name
        for name, tensor in generator.state().items()
        if torch.equal(tensor, before[name]) and not name.endswith(FIXED)
    ]
    assert unmoved == []
    latents = np.zeros((5, generator.latent_size), np.float32)
    images = generator.sample(latents, np.arange(5) % class_count)
    assert images.shape == (5, pack.shape.channels, pack.shape.size, pack.shape.size)
    assert images.dtype == np.uint8


@EVERY
def test_the_same_seed_gives_the_same_bytes(make_pack, tmp_path, family):
    data = make_pack()
    first, again = (train(data, tmp_path / name, family) for name in "ab")
    assert first.sha256 == again.sha256


@TRAINED
def test_another_seed_gives_another_generator(make_pack, tmp_path, family):
    data = make_pack()
    drawn = [
        sample(load_generator(result.folder), 5, np.arange(6) % 3)[0]
        for result in (train(data, tmp_path / f"{seed}", family, seed=seed) for seed in (1, 2))
    ]
    assert (drawn[0] != drawn[1]).any()


@TRAINED
def test_resuming_equals_never_stopping(make_pack, tmp_path, family):
    data, steps = make_pack(), {"steps": 10, "checks": 3}
    straight = train(data, tmp_path / "straight", family, **steps)
    with pytest.raises(StopRequestedError):
        train(data, tmp_path / "stopped", family, should_stop=StopAfter(5), **steps)
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "stopped", family, should_stop=CrashAfter(3), **steps)
    assert train(data, tmp_path / "stopped", family, **steps).sha256 == straight.sha256
    assert not (tmp_path / "stopped" / "resume").exists()
    assert not (tmp_path / "stopped" / "best").exists()


@LEARNS_SOON
def test_a_family_learns_a_picture_for_each_class_by_heart(tmp_path, family):
    draws = np.random.default_rng(0)
    pictures = [stripes(c, 16, 1, draws).squeeze() for c in range(3)]
    items = ((f"{i:064x}", lambda i=i: Image.fromarray(pictures[i % 3])) for i in range(24))
    pack = write_pack(tmp_path / "pack", ImageShape(16, 1), items, 24)
    settings = {"steps": OVERFIT_STEPS, "batch_size": 16, "width": 8, "checks": 1}
    settings |= HASTE.get(family, {})
    result = train((pack, np.arange(24) % 3), tmp_path / "run", family, **settings)
    classes = np.arange(30) % 3
    images, _ = sample(load_generator(result.folder), 1, classes)
    truth = np.stack(pictures).reshape(3, -1) / 255.0
    distances = np.linalg.norm(images.reshape(30, 1, -1) / 255.0 - truth, axis=2)
    assert (distances.argmin(axis=1) == classes).all()
    between = np.linalg.norm(truth[0] - truth[1])
    assert distances[np.arange(30), classes].mean() < between / 2


@EVERY
def test_an_image_can_be_made_again_alone(make_pack, tmp_path, family):
    generator = load_generator(train(make_pack(), tmp_path / "run", family).folder)
    classes = np.arange(70) % 3
    images, latents = sample(generator, 9, classes)
    alone, latent = sample(generator, 9, classes[[67]], np.array([67]))
    assert (alone[0] == images[67]).all()
    assert (latent[0] == latents[67]).all()


@EVERY
def test_a_checkpoint_is_safetensors_and_json_and_nothing_else(make_pack, tmp_path, family):
    folder = train(make_pack(), tmp_path / "run", family).folder
    assert {path.name for path in folder.iterdir()} == {"weights.safetensors", "metadata.json"}
    assert load_generator(folder).config_type is FAMILIES[family]
    (folder / "weights.safetensors").write_bytes(b"something else")
    with pytest.raises(CheckpointError, match="damaged"):
        load_generator(folder)


@EVERY
def test_a_family_encodes_or_says_that_it_cannot(make_pack, tmp_path, family):
    pack, targets = make_pack()
    generator = load_generator(train((pack, targets), tmp_path / "run", family).folder)
    with contextlib.suppress(CannotEncodeError):
        latents = generator.encode(pack.images[:4], targets[:4])
        assert latents.shape == (4, generator.latent_size)
        assert np.isfinite(latents).all()


@TRAINED
def test_it_shows_sheets_with_a_row_for_each_class(make_pack, tmp_path, family):
    heard = Heard()
    train(make_pack(16, 3), tmp_path / "run", family, on_event=heard)
    sheets = [event.path for event in heard if event.kind == "samples"]
    assert len(sheets) == 2
    assert Image.open(sheets[-1]).size == (10 * 16, 3 * 16)


def test_the_families_that_may_be_chosen_are_those_that_there_are():
    assert list(GENERATORS) == list(FAMILIES)


def test_an_unknown_family_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match="conditional_gan"):
        generator_family("nothing")


@LEARNS_ANEW
@pytest.mark.parametrize("size", [8, 16, 27, 30])
def test_settings_refuse_the_sizes_that_networks_cannot_make_in_the_same_words(family, size):
    shape, config = ImageShape(size, 1), tiny(family)

    def refusal(attempt):
        try:
            attempt()
        except ConfigError as error:
            return str(error)
        return ""

    def networks():
        generator = GENERATORS[family](shape, 3, config, seed=1)
        if isinstance(generator, AdversarialGenerator):
            generator.build_discriminator()

    said = refusal(lambda: config.check_shape(shape))
    assert said == refusal(networks)
    asked = "powers of two" if family == "stylegan3" else "divisible by 4"
    assert not said or f"{asked}, from 16; the training size is {size}." in said
