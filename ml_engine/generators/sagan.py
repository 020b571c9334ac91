"""The self-attention GAN (Zhang et al. 2019).

Residual blocks as in Miyato & Koyama (2018), self-attention at one size of maps in both networks
(§3), spectral normalisation in both (§4.1), more learning for the discriminator than for the
generator (§4.2), hinge loss, conditional batch normalisation and a projection discriminator (§5).
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import SaganConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.parts.attention import SelfAttention, attended_maps
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm, Projection
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import pyramid
from ml_engine.generators.parts.spectral import normalise_spectrally


def _doubled(maps: Tensor) -> Tensor:
    """Maps (B, C, H, W) to (B, C, 2H, 2W), each pixel four times."""
    return F.interpolate(maps, scale_factor=2)


class UpBlock(nn.Module):
    """A residual block to maps of twice the side."""

    def __init__(self, inputs: int, outputs: int, class_count: int) -> None:
        super().__init__()
        self.first_normalisation = ConditionalBatchNorm(inputs, class_count)
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.second_normalisation = ConditionalBatchNorm(outputs, class_count)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        """Maps (B, C, H, W) and classes (B,) to maps (B, C', 2H, 2W)."""
        y = _doubled(F.relu(self.first_normalisation(x, classes)))
        y = F.relu(self.second_normalisation(self.first(y), classes))
        # A 1×1 convolution and copying pixels may change places; this way it has fewer to do.
        maps: Tensor = self.second(y) + _doubled(self.shortcut(x))
        return maps


class DownBlock(nn.Module):
    """A residual block to maps of half the side; the first is shown the image itself."""

    def __init__(self, inputs: int, outputs: int, *, is_first: bool = False) -> None:
        super().__init__()
        self.is_first = is_first
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps (B, C', H/2, W/2)."""
        y = self.first(x if self.is_first else F.relu(x))
        y = F.avg_pool2d(self.second(F.relu(y)), 2)
        maps: Tensor = y + self.shortcut(F.avg_pool2d(x, 2))
        return maps


class GeneratorNetwork(nn.Module):
    """Latents and classes to images, doubling the maps until they have the image's size."""

    def __init__(self, shape: ImageShape, class_count: int, config: SaganConfig) -> None:
        super().__init__()
        maps = pyramid(shape, config.width, type(config))
        self.side, self.attended = maps.side, attended_maps(maps)
        self.dense = nn.Linear(config.latent_size, maps.widths[0] * maps.side**2)
        self.up = nn.ModuleList(UpBlock(i, o, class_count) for i, o in pairwise(maps.widths))
        self.attention = SelfAttention(maps.widths[self.attended])
        self.normalisation = nn.BatchNorm2d(maps.widths[-1])
        self.to_image = nn.Conv2d(maps.widths[-1], shape.channels, 3, padding=1)
        if config.spectral_norm:
            normalise_spectrally(self)

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1]."""
        x = self.dense(z).view(len(z), -1, self.side, self.side)
        x = x.to(memory_format=torch.channels_last)
        for position, up in enumerate(self.up):
            x = up(self.attention(x) if position == self.attended else x, classes)
        return torch.tanh(self.to_image(F.relu(self.normalisation(x))))


class DiscriminatorNetwork(Discriminator):
    """Images and classes to one logit each."""

    def __init__(self, shape: ImageShape, class_count: int, config: SaganConfig) -> None:
        super().__init__()
        maps = pyramid(shape, config.width, type(config))
        widths = (shape.channels, *maps.widths[-2::-1])
        self.down = nn.ModuleList(
            DownBlock(i, o, is_first=position == 0)
            for position, (i, o) in enumerate(pairwise(widths))
        )
        self.attended = len(self.down) - 1 - attended_maps(maps)
        self.attention = SelfAttention(widths[1 + self.attended])
        self.variety = minibatch_layer(config.minibatch, widths[-1])
        self.last = nn.Conv2d(widths[-1] + self.variety.extra, widths[-1], 3, padding=1)
        self.projection = Projection(widths[-1], class_count)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        for position, down in enumerate(self.down):
            x = down(x)
            x = self.attention(x) if position == self.attended else x
        x = F.relu(self.last(F.relu(self.variety(x))))
        return x.sum(dim=(2, 3))


class Sagan(AdversarialGenerator[SaganConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = SaganConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)
