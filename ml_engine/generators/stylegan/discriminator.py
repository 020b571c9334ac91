"""The residual discriminator of StyleGAN2, which StyleGAN3 keeps (Karras et al. 2020, §4.1)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.adversarial.generator import Discriminator
from ml_engine.generators.parts.minibatch import minibatch_layer
from ml_engine.generators.stylegan.filters import triangle
from ml_engine.generators.stylegan.layers import Conv, Dense
from ml_engine.generators.stylegan.mapping import Mapping
from ml_engine.generators.stylegan.skip import SMALLEST, channels_at

CLASS_LAYERS = 8
"""From a class to what features are compared with."""
HALF = math.sqrt(0.5)
"""Two branches of unit variance, each times this, have a sum of unit variance."""


class ResidualBlock(nn.Module):
    """Maps to maps of half the side. Modules: `fromrgb` of the first, `conv0`, `conv1`, `skip`."""

    def __init__(self, side: int, shape: ImageShape, config: StyleGanConfig) -> None:
        super().__init__()
        inputs = channels_at(side, shape.size, config)
        outputs = channels_at(side // 2, shape.size, config)
        self.is_first = side == shape.size
        self.register_buffer("resample_filter", triangle())
        if self.is_first:
            self.fromrgb = Conv(shape.channels, inputs, 1)
        self.conv0 = Conv(inputs, inputs, 3)
        self.conv1 = Conv(inputs, outputs, 3, halves=True)
        self.skip = Conv(inputs, outputs, 1, halves=True, rectifies=False)

    @property
    def layers(self) -> list[Conv]:
        """In the order in which they see the image."""
        first = [self.fromrgb] if self.is_first else []
        return [*first, self.conv0, self.conv1, self.skip]

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, I, H, W), or images, to maps (B, O, H/2, W/2)."""
        if self.is_first:
            x = self.fromrgb(x)
        maps: Tensor = self.skip(x, gain=HALF) + self.conv1(self.conv0(x), gain=HALF)
        return maps


class Epilogue(nn.Module):
    """The smallest maps to features, and those to a logit or what a class is compared with, in
    float32. Modules: `mbstd`, `conv`, `fc`, `out`."""

    def __init__(self, class_count: int, shape: ImageShape, config: StyleGanConfig) -> None:
        super().__init__()
        width = channels_at(SMALLEST, shape.size, config)
        self.mbstd = minibatch_layer(config.minibatch, width)
        self.conv = Conv(width + self.mbstd.extra, width, 3)
        self.fc = Dense(width * SMALLEST**2, width, rectifies=True)
        self.out = Dense(width, width if class_count > 1 else 1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, C, 4, 4) to features (B, C)."""
        with torch.autocast(x.device.type, enabled=False):
            features: Tensor = self.fc(self.conv(self.mbstd(x.float())).flatten(1))
        return features


class DiscriminatorNetwork(Discriminator):
    """Images and classes to one logit each. Modules: `b32`, `b16`, `b8`, `b4`, as the side asks
    for, and `mapping` of more than one class."""

    def __init__(self, shape: ImageShape, class_count: int, config: StyleGanConfig) -> None:
        super().__init__()
        config.check_shape(shape)
        self.sides = [shape.size >> i for i in range(int(math.log2(shape.size // SMALLEST)))]
        for side in self.sides:
            self.add_module(f"b{side}", ResidualBlock(side, shape, config))
        width = channels_at(SMALLEST, shape.size, config)
        self.mapping = Mapping(0, class_count, width, CLASS_LAYERS) if class_count > 1 else None
        self.b4 = Epilogue(class_count, shape, config)

    def features(self, x: Tensor) -> Tensor:
        """See `Discriminator.features`."""
        for block in self._blocks():
            x = block(x)
        features: Tensor = self.b4(x)
        return features

    def judge(self, features: Tensor, classes: Tensor) -> Tensor:
        """See `Discriminator.judge`: by projection on what the class is mapped to (Karras et al.
        2020 (ADA), appendix D, after Miyato & Koyama 2018)."""
        out: Tensor = self.b4.out(features)
        if self.mapping is None:
            return out[:, 0]
        wanted = self.mapping.styles(None, classes)
        return (out * wanted).sum(dim=1) / math.sqrt(out.shape[1])

    def freeze(self, count: int) -> None:
        """Let the first `count` layers learn no more, counted from the image (Mo et al. 2020); no
        more than all that come before the smallest maps."""
        layers = [layer for block in self._blocks() for layer in block.layers]
        for layer in layers[:count]:
            layer.requires_grad_(False)

    def _blocks(self) -> list[ResidualBlock]:
        blocks = (self.get_submodule(f"b{side}") for side in self.sides)
        return [block for block in blocks if isinstance(block, ResidualBlock)]
