"""Settings of a diffusers pipeline that is fine-tuned by LoRA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.denoising import DenoisingConfig
from ml_engine.config.settings import redefault, setting

LAYERS = ("all", "attention")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusersLoraConfig(DenoisingConfig):
    """See `ml_engine.generators.diffusers_lora`."""

    family: ClassVar[str] = "diffusers_lora"
    title: ClassVar[str] = "Diffusers pipeline with LoRA"
    about: ClassVar[str] = (
        "An image pipeline of diffusers that lies on this server, taught the project's classes by"
        " few weights beside its own (Hu et al. 2022). For colour images and a GPU."
    )

    steps: int = redefault(DenoisingConfig, "steps", 1000)
    batch_size: int = redefault(DenoisingConfig, "batch_size", 16)
    # As pipelines have been trained.
    snr_cap: float = redefault(DenoisingConfig, "snr_cap", 0.0)
    sampling_steps: int = redefault(DenoisingConfig, "sampling_steps", 25)
    pipeline: str = setting(
        "",
        "Its folder, with model_index.json and safetensors weights, below one that the server's"
        " operator has opened by PIPELINE_FOLDERS.",
    )
    resolution: int = setting(
        0, "Side of the images that it works on; 0: the project's own.", at_least=0, at_most=2048
    )
    prompt: str = setting(
        "a photo of {name}", "What a pipeline that reads is told; {name} is the class's name."
    )
    rank: int = setting(
        8, "Of the weights that are learnt beside each layer's own.", at_least=1, at_most=256
    )
    alpha: float = setting(
        8.0, "How strongly they count: they are multiplied by alpha / rank.", above=0, at_most=1024
    )
    layers: str = setting(
        "all",
        "Which layers learn: all, or those of attention alone, which are fewer and enough where"
        " the pipeline knows such images already.",
        choices=LAYERS,
    )
