"""The Wasserstein GAN with a gradient penalty (Gulrajani et al. 2017, algorithm 1).

The critic scores images without a bound; what keeps its slope at 1 is a penalty at points between
real and synthetic images, which is why its layers must treat each image on its own: no batch
normalisation, no sigmoid. Several of its updates, each with a batch of its own, go before one of
the generator. The preset `faithful` has what a published use of it in emotion recognition had,
against that advice, for comparison.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import WganGpConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.conditional_gan import GeneratorNetwork
from ml_engine.generators.parts.conditioning import Projection
from ml_engine.generators.parts.initialisation import LEAK, draw_he_weights
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import pyramid

HEAD_FEATURES = 128


def _normalisation(name: str, features: int) -> nn.Module:
    """Of maps (B, C, H, W), by the names of `CRITIC_NORMALISATIONS`."""
    if name == "batch":
        return nn.BatchNorm2d(features)
    # One group is all maps of one image: layer normalisation.
    return nn.GroupNorm(1, features) if name == "layer" else nn.Identity()


class CriticNetwork(Discriminator):
    """Images and classes to one score each: strided convolutions, as in DCGAN."""

    def __init__(self, shape: ImageShape, class_count: int, config: WganGpConfig) -> None:
        super().__init__()
        maps = pyramid(shape, config.width, type(config))
        widths = (shape.channels, *maps.widths[-2::-1])
        self.down = nn.ModuleList(
            nn.Conv2d(i, o, 4, stride=2, padding=1) for i, o in pairwise(widths)
        )
        # Nothing is normalised beside the image: it would lose how bright that is.
        self.normalisations = nn.ModuleList(
            [nn.Identity(), *(_normalisation(config.critic_normalisation, w) for w in widths[2:])]
        )
        self.variety = minibatch_layer(config.minibatch, widths[-1])
        self.head = nn.Linear((widths[-1] + self.variety.extra) * maps.side**2, HEAD_FEATURES)
        draw_he_weights(self, LEAK)
        self.projection = Projection(HEAD_FEATURES, class_count)
        self.squeezes = config.critic_sigmoid

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        for down, normalisation in zip(self.down, self.normalisations, strict=True):
            x = F.leaky_relu(normalisation(down(x)), LEAK)
        return F.leaky_relu(self.head(self.variety(x).flatten(1)), LEAK)

    def judge(self, features: Tensor, classes: Tensor) -> Tensor:
        """See `Discriminator.judge`; between 0 and 1 with `critic_sigmoid`."""
        scores = super().judge(features, classes)
        return scores.sigmoid() if self.squeezes else scores


class WganGp(AdversarialGenerator[WganGpConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = WganGpConfig

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return CriticNetwork(self.shape, self.class_count, self.config)
