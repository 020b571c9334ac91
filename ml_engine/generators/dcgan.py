"""DCGAN (Radford et al. 2016), with classes.

Strided convolutions only, batch normalisation in both networks but not at the image (§3), weights
that begin as N(0, .02) (§4). Classes come by conditional batch normalisation (Dumoulin et al.
2017) in the generator and by projection (Miyato & Koyama 2018) in the discriminator.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import DcganConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm, Projection
from ml_engine.generators.parts.initialisation import LEAK, draw_dcgan_weights
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import strided_pyramid


class GeneratorNetwork(nn.Module):
    """Latents and classes to images, doubling the maps until they have the image's size."""

    def __init__(self, shape: ImageShape, class_count: int, config: DcganConfig) -> None:
        super().__init__()
        maps = strided_pyramid(shape, config.width, type(config))
        self.side = maps.side
        self.classes = nn.Embedding(class_count, config.latent_size)
        first = maps.widths[0] * maps.side**2
        self.dense = nn.Linear(2 * config.latent_size, first, bias=False)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(i, o, 4, stride=2, padding=1, bias=False)
            for i, o in pairwise(maps.widths)
        )
        self.normalisations = nn.ModuleList(
            ConditionalBatchNorm(w, class_count) for w in maps.widths
        )
        self.to_image = nn.ConvTranspose2d(maps.widths[-1], shape.channels, 4, stride=2, padding=1)
        draw_dcgan_weights(self)

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1]."""
        x = self.dense(torch.cat([z, self.classes(classes)], dim=1))
        x = x.view(len(z), -1, self.side, self.side).to(memory_format=torch.channels_last)
        x = F.relu(self.normalisations[0](x, classes))
        for up, normalisation in zip(self.up, self.normalisations[1:], strict=True):
            x = F.relu(normalisation(up(x), classes))
        return torch.tanh(self.to_image(x))


class DiscriminatorNetwork(Discriminator):
    """Images and classes to one logit each."""

    def __init__(self, shape: ImageShape, class_count: int, config: DcganConfig) -> None:
        super().__init__()
        maps = strided_pyramid(shape, config.width, type(config))
        widths = maps.widths[::-1]
        self.from_image = nn.Conv2d(shape.channels, widths[0], 4, stride=2, padding=1)
        self.down = nn.ModuleList(
            nn.Conv2d(i, o, 4, stride=2, padding=1, bias=False) for i, o in pairwise(widths)
        )
        self.normalisations = nn.ModuleList(nn.BatchNorm2d(w) for w in widths[1:])
        self.variety = minibatch_layer(config.minibatch, widths[-1])
        draw_dcgan_weights(self)
        self.projection = Projection((widths[-1] + self.variety.extra) * maps.side**2, class_count)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        x = F.leaky_relu(self.from_image(x), LEAK)
        for down, normalisation in zip(self.down, self.normalisations, strict=True):
            x = F.leaky_relu(normalisation(down(x)), LEAK)
        features: Tensor = self.variety(x).flatten(1)
        return features

    def judge(self, features: Tensor, classes: Tensor) -> Tensor:
        """See `Discriminator.judge`."""
        logits: Tensor = self.projection(features.float(), classes)
        return logits


class Dcgan(AdversarialGenerator[DcganConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = DcganConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)
