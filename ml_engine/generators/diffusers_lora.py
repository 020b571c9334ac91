"""An image pipeline of diffusers, fine-tuned by LoRA: W + (α / r) B A beside each layer's W
(Hu et al. 2022, §4.1), B zero at first, and an embedding of the class beside that of the time.

Of the pipeline itself a checkpoint holds the hash alone: it must lie where it lay.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import ConfigError, GeneratorConfig, ImageShape
from ml_engine.config.generators import DiffusersLoraConfig
from ml_engine.generators.denoising.generator import Denoiser, DenoisingGenerator
from ml_engine.generators.denoising.noise import Noise
from ml_engine.generators.denoising.pipelines import Pipeline, PipelineError, open_pipeline

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")


class LoraNetwork(Denoiser):
    """A pipeline's U-Net with few weights that learn; the rest stays as it is."""

    prompts: Tensor
    """What the U-Net is told of each class, and of none: (K + 1, L, D); empty if it cannot read."""

    def __init__(
        self, pipeline: Pipeline, shape: ImageShape, class_count: int, config: DiffusersLoraConfig
    ) -> None:
        super().__init__()
        self._pipeline, self._config, self._channels = pipeline, config, shape.channels
        self._size, self._side = shape.size, config.resolution or shape.size
        self.noise = Noise(pipeline.schedule)
        self.vae = pipeline.vae() if pipeline.reads else None
        self.unet = pipeline.unet()
        side = self._side // _halved(self.vae)
        self.noise_shape = (self.unet.config.in_channels, side, side)
        self._check_shape(shape)
        self.register_buffer("prompts", self._no_prompts(class_count))
        _teach_classes(self.unet, class_count)
        _add_adapters(self.unet, config)

    def _check_shape(self, shape: ImageShape) -> None:
        halved = _halved(self.vae) * _halved(self.unet)
        if self._side % halved:
            raise ConfigError(
                f"The pipeline {self._pipeline.folder} takes images whose sides are divisible by"
                f" {halved}, not {self._side}; set the resolution.",
                "resolution",
            )
        channels = (self.vae or self.unet).config.in_channels
        if channels not in {shape.channels, 3}:
            raise PipelineError(
                f"The pipeline {self._pipeline.folder} makes images of {channels} channels, not of"
                f" {shape.channels}.",
                "pipeline",
            )
        self._own_channels = channels

    def _no_prompts(self, class_count: int) -> Tensor:
        if not self._pipeline.reads:
            return torch.zeros(0)
        width = self.unet.config.cross_attention_dim
        return torch.zeros(class_count + 1, self._pipeline.text_length(), width)

    @torch.no_grad()
    def told(self, class_names: tuple[str, ...]) -> None:
        """See `Denoiser.told`: a pipeline that reads is told in words."""
        if not self._pipeline.reads:
            return
        count = len(self.prompts) - 1
        names = class_names or tuple(f"class {number + 1}" for number in range(count))
        texts = [*(self._config.prompt.replace("{name}", name) for name in names), ""]
        tokens = self._pipeline.tokenizer()(
            texts,
            padding="max_length",
            max_length=self.prompts.shape[1],
            truncation=True,
            return_tensors="pt",
        )
        told = self._pipeline.text_encoder()(tokens.input_ids).last_hidden_state
        self.prompts.copy_(told)

    def forward(self, x: Tensor, t: Tensor, classes: Tensor) -> Tensor:
        """See `Denoiser.forward`."""
        words = (self.prompts[classes],) if self._pipeline.reads else ()
        prediction: Tensor = self.unet(x, t, *words, class_labels=classes, return_dict=False)[0]
        return prediction

    def into(self, images: Tensor) -> Tensor:
        """See `Denoiser.into`."""
        x = images.expand(-1, self._own_channels, -1, -1)
        if self._side != self._size:
            x = F.interpolate(x, self._side, mode="bicubic", antialias=True)
        if self.vae is None:
            return x
        latents: Tensor = self.vae.encode(x).latent_dist.mode() * self.vae.config.scaling_factor
        return latents

    def out_of(self, x: Tensor) -> Tensor:
        """See `Denoiser.out_of`."""
        if self.vae is not None:
            x = self.vae.decode(x / self.vae.config.scaling_factor).sample
        if self._side != self._size:
            x = F.interpolate(x, self._size, mode="bicubic", antialias=True)
        return x if x.shape[1] == self._channels else x.mean(dim=1, keepdim=True)


def _halved(part: Any) -> int:
    """By how much a part's smallest maps are smaller than what it takes."""
    return 1 if part is None else 2 ** (len(part.config.block_out_channels) - 1)


def _teach_classes(unet: Any, class_count: int) -> None:
    """Give the U-Net an embedding of our classes, and of none, that changes nothing at first."""
    width = unet.time_embedding.linear_2.out_features
    embedding = nn.Embedding(class_count + 1, width)
    known = unet.class_embedding
    nn.init.zeros_(embedding.weight)
    if isinstance(known, nn.Embedding):
        # It was never without a class: the mean of them all is nearest to none.
        embedding.weight.data += known.weight.data.mean(dim=0)
    unet.class_embedding = embedding
    unet.register_to_config(class_embed_type=None, num_class_embeds=class_count + 1)


def _add_adapters(unet: Any, config: DiffusersLoraConfig) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    layers = [
        name
        for name, module in unet.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
        and (config.layers == "all" or name.endswith(ATTENTION))
    ]
    if not layers:
        raise ConfigError("The pipeline's U-Net has no attention; let all layers learn.", "layers")
    lora = LoraConfig(r=config.rank, lora_alpha=config.alpha, target_modules=layers)
    inject_adapter_in_model(lora, unet)
    unet.class_embedding.requires_grad_(True)


class DiffusersLora(DenoisingGenerator[DiffusersLoraConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = DiffusersLoraConfig
    network: LoraNetwork

    def build_network(self) -> LoraNetwork:
        """See `DenoisingGenerator`."""
        pipeline = open_pipeline(self.config.pipeline)
        self._sha256 = torch.tensor(list(pipeline.sha256()), dtype=torch.uint8)
        return LoraNetwork(pipeline, self.shape, self.class_count, self.config)

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`."""
        own = {"pipeline_sha256": self._sha256}
        if len(self.network.prompts):
            own["prompts"] = self.network.prompts
        return super().state() | own

    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        if not torch.equal(state["pipeline_sha256"].cpu(), self._sha256):
            raise RuntimeError(
                f"the pipeline in {self.config.pipeline} is not the one that it was trained beside"
            )
        super().load_state(state)
