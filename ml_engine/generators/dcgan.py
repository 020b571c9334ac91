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
from ml_engine.generators.parts.conditioning import Projection
from ml_engine.generators.parts.initialisation import LEAK, draw_dcgan_weights
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import strided_pyramid
from ml_engine.generators.parts.upsampling import UpsamplingNetwork


class GeneratorNetwork(UpsamplingNetwork):
    """Ends with the stride that gives the image."""

    def __init__(self, shape: ImageShape, class_count: int, config: DcganConfig) -> None:
        super().__init__(
            strided_pyramid(shape, config.width, type(config)),
            class_count,
            config.latent_size,
            lambda width: nn.ConvTranspose2d(width, shape.channels, 4, stride=2, padding=1),
        )
        draw_dcgan_weights(self)


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
        self.variety = minibatch_layer(config.minibatch, widths[0])
        draw_dcgan_weights(self)
        self.projection = Projection(widths[-1] * maps.side**2 + self.variety.extra, class_count)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        x = F.leaky_relu(self.from_image(x), LEAK)
        # Past all normalisation, which would make batches of copies look as varied as any.
        variety = self.variety.statistics(x)
        for down, normalisation in zip(self.down, self.normalisations, strict=True):
            x = F.leaky_relu(normalisation(down(x)), LEAK)
        return torch.cat([x.flatten(1), variety.to(x.dtype)], dim=1)


class Dcgan(AdversarialGenerator[DcganConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = DcganConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)
