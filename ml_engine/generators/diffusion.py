"""The class-conditional diffusion model, on the U-Net and the schedulers of diffusers.

DDPM training (Ho et al. 2020) on the cosine schedule (Nichol & Dhariwal 2021, §3.2), which keeps
something to learn at every level where images are small. The network predicts v = α_t ε - σ_t x_0
(Salimans & Ho 2022): from the pure noise that sampling begins with, ε says nothing about the
image and x_0 = (x_t - σ_t ε) / α_t divides by almost 0; with few steps v does neither.
"""

from __future__ import annotations

import math
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import DiffusionConfig
from ml_engine.generators.denoising.generator import Denoiser, DenoisingGenerator
from ml_engine.generators.denoising.noise import Noise
from ml_engine.generators.parts.pyramid import pyramid

GROUPS = 8
"""Of feature maps that are normalised together, at most."""
HEAD = 32
"""Length of an attention head, at most."""


class UNet(Denoiser):
    """Squares of pixels as channels into a `UNet2DModel`, and back."""

    def __init__(self, shape: ImageShape, class_count: int, config: DiffusionConfig) -> None:
        super().__init__()
        self.patch = config.patch
        self.noise_shape = (shape.channels, shape.size, shape.size)
        self.noise = Noise(
            {
                "num_train_timesteps": config.train_timesteps,
                "beta_schedule": "squaredcos_cap_v2",
                "prediction_type": "v_prediction",
                "clip_sample": True,
            }
        )
        self.unet = _unet(shape, class_count, config)

    def forward(self, x: Tensor, t: Tensor, classes: Tensor) -> Tensor:
        """See `Denoiser.forward`."""
        folded = F.pixel_unshuffle(x, self.patch)
        return F.pixel_shuffle(self.unet(folded, t, classes, return_dict=False)[0], self.patch)


def _unet(shape: ImageShape, class_count: int, config: DiffusionConfig) -> nn.Module:
    # Seconds to import: only where one is built.
    from diffusers import UNet2DModel

    maps = pyramid(shape, config.width, type(config))
    levels = len(maps.widths) - int(math.log2(config.patch))
    widths = maps.widths[::-1][:levels]
    down, up = ["DownBlock2D"] * levels, ["UpBlock2D"] * levels
    if config.attention:
        down[-1], up[0] = "AttnDownBlock2D", "AttnUpBlock2D"
    channels = shape.channels * config.patch**2
    has_none = class_count > 1 and config.unconditional_share > 0
    unet: nn.Module = UNet2DModel(
        sample_size=shape.size // config.patch,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=tuple(down),
        up_block_types=tuple(up),
        add_attention=config.attention,
        attention_head_dim=math.gcd(HEAD, widths[-1]),
        norm_num_groups=math.gcd(GROUPS, config.width),
        num_class_embeds=class_count + has_none,
    )
    return unet


class Diffusion(DenoisingGenerator[DiffusionConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = DiffusionConfig

    def build_network(self) -> Denoiser:
        """See `DenoisingGenerator`."""
        return UNet(self.shape, self.class_count, self.config)
