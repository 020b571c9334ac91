"""Pipelines that lie in a folder: which are refused, what of them learns, what is kept."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from ml_engine.batches import AnnotatedImages
from ml_engine.checkpoints import CheckpointError
from ml_engine.config import ConfigError, ImageShape
from ml_engine.generators.diffusers_lora import DiffusersLora
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.training import load_generator, train_generator
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import Heard, ignore, never
from tests.ml_engine.generators.conftest import tiny
from tests.ml_engine.generators.pipelines import (
    pixel_pipeline,
    save_latent_pipeline,
    save_pixel_pipeline,
)


def lora(folder=None, size=16, channels=3, class_count=3, **settings):
    named = {"pipeline": str(folder)} if folder else {}
    config = tiny("diffusers_lora", **named, **settings)
    return DiffusersLora(ImageShape(size, channels), class_count, config, seed=1)


@pytest.fixture
def pipeline(tmp_path):
    shutil.copytree(pixel_pipeline(), tmp_path / "pipeline")
    return tmp_path / "pipeline"


@pytest.fixture(scope="module")
def latent_pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("latent")
    save_latent_pipeline(folder)
    return folder


def test_a_pickle_is_refused_with_what_to_do(pipeline):
    weights = pipeline / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(ConfigError, match=r"a pickle, .* safe_serialization=True"):
        lora(pipeline)


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="name the folder of a whole pipeline"):
        lora(tmp_path)
    with pytest.raises(ConfigError, match="No pipeline is named"):
        DiffusersLora(ImageShape(16, 3), 3, tiny("diffusers_lora", pipeline=""), seed=1)


def test_weights_that_are_broken_are_refused(pipeline):
    (pipeline / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        lora(pipeline)


@pytest.mark.parametrize(
    "index",
    [
        {"unet": ["diffusers", "FluxTransformer2DModel"]},
        {"unet": ["my_own_code", "MyUNet"]},
        {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]},
    ],
)
def test_other_parts_are_refused_by_name_and_never_built(pipeline, index):
    (pipeline / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ConfigError, match=rf"unet {index['unet'][1]}; what can be fine-tuned"):
        lora(pipeline)


def test_sizes_that_it_cannot_make_are_refused_and_a_resolution_helps(pipeline):
    with pytest.raises(ConfigError, match="divisible by 2, not 17"):
        lora(pipeline, size=17)
    generator = lora(pipeline, size=17, resolution=32)
    assert generator.latent_size == 3 * 32 * 32
    latents = np.zeros((2, generator.latent_size), np.float32)
    assert generator.sample(latents, np.arange(2)).shape == (2, 3, 17, 17)


def test_at_first_it_draws_what_the_pipeline_draws(pipeline):
    from diffusers import UNet2DModel

    base = UNet2DModel.from_pretrained(pipeline / "unet")
    generator = lora(pipeline)
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([3, 700])
    with torch.inference_mode():
        torch.testing.assert_close(
            generator.network(x, t, torch.tensor([0, 3])), base(x, t).sample, atol=1e-5, rtol=1e-5
        )


def test_only_the_small_weights_learn_and_are_kept(make_pack, pipeline, tmp_path):
    pack, targets = make_pack(16, 3)
    generator = lora(pipeline, rank=2)
    frozen = {n: p.clone() for n, p in generator.network.named_parameters() if not p.requires_grad}
    resume = ResumeFile(tmp_path, "print")
    fit = GeneratorFit(1, tmp_path, resume, ("a", "b", "c"), Heard(), never)
    generator.fit(AnnotatedImages(pack, np.arange(30), targets), fit)
    weights = dict(generator.network.named_parameters())
    assert all(torch.equal(weights[name], before) for name, before in frozen.items())
    kept = {name for name in generator.state() if name.startswith("network.")}
    assert all("lora_" in name or "class_embedding" in name for name in kept)
    assert sum(p.numel() for p in generator.learnt().values()) < sum(
        p.numel() for p in frozen.values()
    )


def test_training_brings_it_nearer_to_the_images(make_pack, pipeline, tmp_path):
    pack, targets = make_pack(16, 3)
    heard = Heard()
    generator = lora(pipeline, steps=30, checks=1, learning_rate=1e-2, batch_size=16)
    resume = ResumeFile(tmp_path, "print")
    images = AnnotatedImages(pack, np.arange(30), targets)
    generator.fit(images, GeneratorFit(1, tmp_path, resume, (), heard, never))
    losses = [event.values["loss"] for event in heard if event.kind == "curve"]
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("layers", ["all", "attention"])
def test_the_layers_that_learn_are_those_that_are_asked_for(pipeline, layers):
    learn = [name for name in lora(pipeline, layers=layers).learnt() if "lora_" in name]
    assert all("attentions" in name for name in learn) == (layers == "attention")


def test_a_pipeline_that_reads_is_told_the_classes_names(latent_pipeline, make_pack, tmp_path):
    pack, targets = make_pack(16, 1)
    generator = lora(latent_pipeline, channels=1, prompt="{name}")
    assert generator.latent_size == 4 * 8 * 8
    resume = ResumeFile(tmp_path, "print")
    fit = GeneratorFit(1, tmp_path, resume, ("cat", "dog", "cat"), ignore, never)
    generator.fit(AnnotatedImages(pack, np.arange(30), targets), fit)
    cat, dog, again, none = generator.state()["prompts"]
    assert torch.equal(cat, again)
    assert not torch.equal(cat, dog)
    assert not torch.equal(cat, none)
    latents = np.random.default_rng(0).standard_normal((2, 256), dtype=np.float32)
    images = generator.sample(latents, np.array([0, 1]))
    assert images.shape == (2, 1, 16, 16)
    assert generator.encode(images, np.array([0, 1])).shape == (2, 256)


def test_a_checkpoint_beside_another_pipeline_is_refused(make_pack, pipeline, tmp_path):
    pack, targets = make_pack(16, 3)
    config = tiny("diffusers_lora", pipeline=str(pipeline))
    result = train_generator(
        pack, np.arange(30), targets, 3, pack.shape, config, 1, tmp_path / "run",
        on_event=ignore, should_stop=never,
    )  # fmt: skip
    assert load_generator(result.folder).class_count == 3
    shutil.rmtree(pipeline)
    save_pixel_pipeline(pipeline, seed=5)
    with pytest.raises(CheckpointError, match="is not the one that it was trained beside"):
        load_generator(result.folder)
    shutil.rmtree(pipeline)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_generator(result.folder)
