"""The class-conditional convolutional GAN: crisp small images after minutes on a CPU.

Non-saturating loss (Goodfellow et al. 2014), lazy R1 (Mescheder et al. 2018; Karras et al. 2020,
§3.2), minibatch standard deviation (Karras et al. 2018), projection discriminator (Miyato &
Koyama 2018) on a flattened head, conditional batch normalisation in the generator, and a moving
average of its weights for sampling.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import ConditionalGanConfig, LatentConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm, Projection
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import pyramid

HEAD_FEATURES = 128


class GeneratorNetwork(nn.Module):
    """Latents and classes to images, doubling the maps until they have the image's size."""

    def __init__(self, shape: ImageShape, class_count: int, config: LatentConfig) -> None:
        super().__init__()
        maps = pyramid(shape, config.width, type(config))
        self.side, widths = maps.side, maps.widths
        self.classes = nn.Embedding(class_count, config.latent_size)
        self.dense = nn.Linear(2 * config.latent_size, widths[0] * self.side**2)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(i, o, 4, stride=2, padding=1, bias=False)
            for i, o in pairwise(widths)
        )
        self.normalisations = nn.ModuleList(ConditionalBatchNorm(w, class_count) for w in widths)
        self.to_image = nn.Conv2d(widths[-1], shape.channels, 3, padding=1)

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

    def __init__(self, shape: ImageShape, class_count: int, config: ConditionalGanConfig) -> None:
        super().__init__()
        maps = pyramid(shape, config.width, type(config))
        widths = maps.widths[::-1]
        self.from_image = nn.Conv2d(shape.channels, widths[0], 3, padding=1)
        self.down = nn.ModuleList(
            nn.Conv2d(i, o, 4, stride=2, padding=1) for i, o in pairwise(widths)
        )
        self.variety = minibatch_layer(config.minibatch, widths[-1])
        self.last = nn.Conv2d(widths[-1] + self.variety.extra, widths[-1], 3, padding=1)
        self.head = nn.Linear(widths[-1] * maps.side**2, HEAD_FEATURES)
        self.projection = Projection(HEAD_FEATURES, class_count)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        x = F.leaky_relu(self.from_image(x), 0.2)
        for down in self.down:
            x = F.leaky_relu(down(x), 0.2)
        x = F.leaky_relu(self.last(self.variety(x)), 0.2)
        return F.leaky_relu(self.head(x.flatten(1)), 0.2)

    def judge(self, features: Tensor, classes: Tensor) -> Tensor:
        """See `Discriminator.judge`."""
        logits: Tensor = self.projection(features.float(), classes)
        return logits


class ConditionalGan(AdversarialGenerator[ConditionalGanConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = ConditionalGanConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)
