"""The fully connected GAN (Goodfellow et al. 2014), with classes.

Rectified layers in the generator, leaky ones in the discriminator where the paper has maxout
(Radford et al. 2016, §3); tanh at the end, as pixels lie in [-1, 1]; a projection discriminator
(Miyato & Koyama 2018). Nothing normalises, so layers begin as He et al. 2015 have them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import GanConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.parts.conditioning import Projection
from ml_engine.generators.parts.initialisation import LEAK, draw_he_weights
from ml_engine.generators.parts.minibatch import minibatch_layer


def _hidden_units(config: GanConfig) -> list[int]:
    return [config.width * 2**layer for layer in range(config.hidden_layers)]


class GeneratorNetwork(nn.Module):
    """Latents and classes to images, each layer twice as wide as the one before."""

    def __init__(self, shape: ImageShape, class_count: int, config: GanConfig) -> None:
        super().__init__()
        self.image = (shape.channels, shape.size, shape.size)
        units = [2 * config.latent_size, *_hidden_units(config)]
        self.classes = nn.Embedding(class_count, config.latent_size)
        self.hidden = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(units))
        draw_he_weights(self.hidden)
        self.to_image = nn.Linear(units[-1], shape.channels * shape.size**2)
        nn.init.xavier_normal_(self.to_image.weight)

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1]."""
        x = torch.cat([z, self.classes(classes)], dim=1)
        for layer in self.hidden:
            x = F.relu(layer(x))
        return torch.tanh(self.to_image(x)).view(-1, *self.image)


class DiscriminatorNetwork(Discriminator):
    """Images and classes to one logit each, each layer half as wide as the one before."""

    def __init__(self, shape: ImageShape, class_count: int, config: GanConfig) -> None:
        super().__init__()
        units = [shape.channels * shape.size**2, *_hidden_units(config)[::-1]]
        self.variety = minibatch_layer(config.minibatch, units[-2])
        self.hidden = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(units[:-1]))
        self.last = nn.Linear(units[-2] + self.variety.extra, units[-1])
        draw_he_weights(self, LEAK)
        self.projection = Projection(units[-1], class_count)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        x = x.flatten(1)
        for layer in self.hidden:
            x = F.leaky_relu(layer(x), LEAK)
        return F.leaky_relu(self.last(self.variety(x)), LEAK)


class Gan(AdversarialGenerator[GanConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = GanConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)
