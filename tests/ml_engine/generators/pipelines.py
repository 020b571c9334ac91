"""Pipelines of diffusers with random weights, small enough to train in a moment."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import torch

from ml_engine import torchvision_operators  # noqa: F401  (must come before diffusers)
from ml_engine.randomness import layer_randomness

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def pixel_pipeline() -> Path:
    """The folder of an unconditional pipeline on colour pixels."""
    folder = Path(tempfile.mkdtemp(prefix="assay-pipeline-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    save_pixel_pipeline(folder)
    return folder


def save_pixel_pipeline(folder: Path, seed: int = 0) -> None:
    """A `DDPMPipeline` in `folder`."""
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    with layer_randomness(torch.device("cpu")):
        torch.manual_seed(seed)
        unet = UNet2DModel(
            sample_size=16,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
        )
    DDPMPipeline(unet, DDPMScheduler()).save_pretrained(folder)


def save_latent_pipeline(folder: Path) -> None:
    """A `StableDiffusionPipeline` in `folder`, which reads letters."""
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel

    with layer_randomness(torch.device("cpu")):
        torch.manual_seed(0)
        unet = UNet2DConditionModel(
            sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=16,
            attention_head_dim=8,
        )  # fmt: skip
        vae = AutoencoderKL(
            block_out_channels=(8, 8), norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        )  # fmt: skip
        text = CLIPTextConfig(
            vocab_size=60, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=12, bos_token_id=0, eos_token_id=1,
            pad_token_id=1,
        )  # fmt: skip
        encoder = CLIPTextModel(text)
    StableDiffusionPipeline(
        vae, encoder, letters_tokenizer(folder / "letters"), unet, DDIMScheduler(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    shutil.rmtree(folder / "letters")


def letters_tokenizer(folder: Path):
    """A CLIP tokenizer whose words are letters."""
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True)
    words = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{one}</w>" for one in LETTERS)]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=12)
