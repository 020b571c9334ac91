"""ProGAN: progressive growing (Karras et al. 2018), conditional on the class.

Generator and discriminator begin with maps of a few pixels and double them while they train, each
size fading in (§2); minibatch standard deviation (§3), equalised learning rate (§4.1), pixel
normalisation (§4.2). The paper's Wasserstein loss with gradient penalty and drift (appendix A.1) is
the preset `faithful`. The class comes in beside the latent and is judged by projection (Miyato &
Koyama 2018).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import ProGanConfig
from ml_engine.generators.adversarial.generator import AdversarialGenerator, Discriminator
from ml_engine.generators.health import Health
from ml_engine.generators.parts.conditioning import Projection
from ml_engine.generators.parts.equalised import equalised, pixel_norm
from ml_engine.generators.parts.growing import (
    DoublingConv,
    Growing,
    HalvingConv,
    doubled,
    grown_at,
    halved,
)
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.parts.pyramid import pyramid
from ml_engine.generators.protocol import GeneratorFit

GROWN = "grown"


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return equalised(nn.Conv2d(inputs, outputs, 3, padding=1))


def _leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


class GeneratorBlock(nn.Module):
    """Maps to maps of twice the side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.doubling, self.conv = DoublingConv(_conv(inputs, outputs)), _conv(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, I, H, W) to (B, O, 2H, 2W)."""
        x = pixel_norm(_leaky(self.doubling(x)))
        return pixel_norm(_leaky(self.conv(x)))


class DiscriminatorBlock(nn.Module):
    """Maps to maps of half the side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv, self.halving = _conv(inputs, inputs), HalvingConv(_conv(inputs, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(B, I, 2H, 2W) to (B, O, H, W)."""
        return _leaky(self.halving(_leaky(self.conv(x))))


class GeneratorNetwork(Growing):
    """Latents and classes to images of full size, with the detail of the present resolution."""

    def __init__(self, shape: ImageShape, class_count: int, config: ProGanConfig) -> None:
        maps = pyramid(shape, config.width, ProGanConfig)
        super().__init__(last=len(maps.widths) - 1)
        self.side, widths = maps.side, maps.widths
        self.classes = nn.Embedding(class_count, config.latent_size)
        # A quarter of the gain elsewhere, as the authors' networks have it.
        dense = nn.Linear(2 * config.latent_size, widths[0] * self.side**2)
        self.dense = equalised(dense, gain=2**0.5 / 4)
        self.smallest = _conv(widths[0], widths[0])
        self.blocks = nn.ModuleList(GeneratorBlock(i, o) for i, o in pairwise(widths))
        self.to_image = nn.ModuleList(
            equalised(nn.Conv2d(w, shape.channels, 1), gain=1) for w in widths
        )

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W), about in [-1, 1]."""
        x = torch.cat([pixel_norm(z), pixel_norm(self.classes(classes))], dim=1)
        x = self.dense(x).view(len(z), -1, self.side, self.side)
        x = pixel_norm(_leaky(x.to(memory_format=torch.channels_last)))
        x = pixel_norm(_leaky(self.smallest(x)))
        now, before = self.resolution, x
        for block in self.blocks[:now]:
            before, x = x, block(x)
        images = self.faded(lambda: doubled(self.to_image[now - 1](before)), self.to_image[now](x))
        return self.to_full(images)


class DiscriminatorNetwork(Growing, Discriminator):
    """Images of full size and classes to one logit each, seen at the present resolution."""

    def __init__(self, shape: ImageShape, class_count: int, config: ProGanConfig) -> None:
        maps = pyramid(shape, config.width, ProGanConfig)
        super().__init__(last=len(maps.widths) - 1)
        widths = maps.widths
        self.from_image = nn.ModuleList(equalised(nn.Conv2d(shape.channels, w, 1)) for w in widths)
        self.blocks = nn.ModuleList(DiscriminatorBlock(o, i) for i, o in pairwise(widths))
        self.variety = minibatch_layer(config.minibatch, widths[0])
        self.smallest = _conv(widths[0] + self.variety.extra, widths[0])
        self.dense = equalised(nn.Linear(widths[0] * maps.side**2, widths[0]))
        self.projection = Projection(widths[0], class_count)
        equalised(self.projection.unconditional, gain=1)
        equalised(self.projection.classes, gain=1)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        now, images = self.resolution, self.from_full(x)
        x = _leaky(self.from_image[now](images))
        if now:
            x = self.faded(
                lambda: _leaky(self.from_image[now - 1](halved(images))), self.blocks[now - 1](x)
            )
        for block in reversed(self.blocks[: max(0, now - 1)]):
            x = block(x)
        x = _leaky(self.smallest(self.variety(x)))
        return _leaky(self.dense(x.flatten(1)))


class ProGan(AdversarialGenerator[ProGanConfig]):
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = ProGanConfig
    generator: GeneratorNetwork
    discriminator: DiscriminatorNetwork
    average: GeneratorNetwork
    _start = 0.0
    """How far the networks had grown before this training: none that continues shrinks first."""

    def build_generator(self) -> nn.Module:
        """See `AdversarialGenerator`."""
        return GeneratorNetwork(self.shape, self.class_count, self.config)

    def build_discriminator(self) -> Discriminator:
        """See `AdversarialGenerator`."""
        return DiscriminatorNetwork(self.shape, self.class_count, self.config)

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """See `Generator.fit`."""
        self._start = self.generator.grown
        return super().fit(images, fit)

    def begin(self, number: int) -> bool:
        """Grow; the optimisers begin anew with each resolution."""
        before, grown = self._grown_at(max(0, number - 1)), self._grown_at(number)
        self._grow(grown)
        return math.ceil(grown) > math.ceil(before)

    def _grown_at(self, number: int) -> float:
        config = self.config
        last = self.generator.last
        return max(self._start, grown_at(number, config.steps, last, config.growing, config.fading))

    def _grow(self, grown: float) -> None:
        for network in (self.generator, self.discriminator, self.average):
            network.grown = grown

    def as_seen(self, real: Tensor) -> Tensor:
        """Real images fade as synthetic ones do: detail would tell them apart."""
        return self.discriminator.as_grown(real)

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`; with how far the networks have grown."""
        return super().state() | {GROWN: torch.tensor(self.generator.grown, dtype=torch.float64)}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        grown = float(state[GROWN])
        if not 0 <= grown <= self.generator.last:
            raise RuntimeError(f"networks of {self.generator.last} doublings grew to {grown}")
        super().load_state(state)
        self._grow(grown)
