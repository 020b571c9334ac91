"""The class-conditional convolutional GAN: crisp small images after minutes on a CPU.

Non-saturating loss (Goodfellow et al. 2014), lazy R1 (Mescheder et al. 2018; Karras et al. 2020,
§3.2), minibatch standard deviation (Karras et al. 2018), projection discriminator (Miyato &
Koyama 2018) on a flattened head, conditional batch normalisation in the generator, and a moving
average of its weights for sampling.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import ConditionalGanConfig, LatentConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.parts.conditioning import Projection
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import pyramid
from ml_engine.generators.parts.upsampling import UpsamplingNetwork

HEAD_FEATURES = 128


class GeneratorNetwork(UpsamplingNetwork):
    """Ends with a convolution of maps as large as the image."""

    def __init__(self, shape: ImageShape, class_count: int, config: LatentConfig) -> None:
        super().__init__(
            pyramid(shape, config.width, type(config)),
            class_count,
            config.latent_size,
            lambda width: nn.Conv2d(width, shape.channels, 3, padding=1),
        )


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


class ConditionalGan(AdversarialGenerator[ConditionalGanConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = ConditionalGanConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)
