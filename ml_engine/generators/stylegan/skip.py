"""The synthesis network of StyleGAN2 (Karras et al. 2020)."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.parts.resampling import downsampled, upsampled
from ml_engine.generators.stylegan.filters import triangle
from ml_engine.generators.stylegan.layers import LARGEST, Dense, modulation, rectified, spread

SMALLEST = 4
"""Side of the maps that it begins with."""


def channels_at(side: int, size: int, config: StyleGanConfig) -> int:
    """Feature maps of maps of `side`, in networks for images of `size`."""
    return min(config.width * size // side, config.widest)


class StyleLayer(nn.Module):
    """A modulated convolution, noise and a rectifier (§2.2, figure 2c); it may double its maps.

    Parameters: `weight` (O, I, 3, 3), `bias` (O,), `noise_strength` (), `affine.*`. Buffers:
    `noise_const` (S, S), what is added where noise is not to be random; `resample_filter` (4, 4).
    """

    resample_filter: Tensor
    noise_const: Tensor

    def __init__(
        self, inputs: int, outputs: int, side: int, config: StyleGanConfig, *, doubles: bool = False
    ) -> None:
        super().__init__()
        self.side, self.doubles = side, doubles
        self.affine = Dense(config.style_size, inputs, bias=(1.0,))
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(side, side))
        self.register_buffer("resample_filter", triangle())

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Maps (B, I, S, S) and styles (B, W) to maps (B, O, S', S'); noise is random in training
        only, drawn from torch's global stream."""
        weight, scales_in, scales_out = modulation(self.weight, self.affine(w))
        x = x * spread(scales_in)
        if self.doubles:
            y = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            y = downsampled(y, self.resample_filter * 4, 1, (1, 1))
        else:
            y = F.conv2d(x, weight, padding=1)
        noise = self.noise_const
        if self.training:
            noise = torch.randn(len(x), 1, self.side, self.side, device=x.device)
        y = y * spread(scales_out) + noise * self.noise_strength
        return rectified(y + self.bias[:, None, None])


class ToImage(nn.Module):
    """Maps to colours, point by point.

    Parameters: `weight` (C, I, 1, 1), `bias` (C,), `affine.*`.
    """

    def __init__(self, inputs: int, outputs: int, config: StyleGanConfig) -> None:
        super().__init__()
        self.affine = Dense(config.style_size, inputs, bias=(1.0,))
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Maps (B, I, H, W) and styles (B, W) to images (B, C, H, W)."""
        with torch.autocast(x.device.type, enabled=False):
            scales = self.affine(w) / math.sqrt(x.shape[1])
            y = F.conv2d(x.float() * spread(scales), self.weight, self.bias)
            return y.clamp(-LARGEST, LARGEST)


class SkipBlock(nn.Module):
    """Maps of one side, and what they add to the image (§4.1, figure 7b).

    Modules: `conv0` of all but the first, `conv1`, `torgb`; the first has the parameter `const`
    (C, 4, 4), where the synthesis begins.
    """

    resample_filter: Tensor

    def __init__(self, side: int, shape: ImageShape, config: StyleGanConfig) -> None:
        super().__init__()
        outputs = channels_at(side, shape.size, config)
        self.is_first = side == SMALLEST
        self.register_buffer("resample_filter", triangle())
        if self.is_first:
            self.const = nn.Parameter(torch.randn(outputs, side, side))
        else:
            inputs = channels_at(side // 2, shape.size, config)
            self.conv0 = StyleLayer(inputs, outputs, side, config, doubles=True)
        self.conv1 = StyleLayer(outputs, outputs, side, config)
        self.torgb = ToImage(outputs, shape.channels, config)

    @property
    def convolutions(self) -> int:
        """How many styles are its own; the next one takes its last, for the colours."""
        return 1 if self.is_first else 2

    def forward(
        self, x: Tensor | None, image: Tensor | None, ws: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Maps and image of half the side, and a style (B, W) for each module, to those of this."""
        if x is None or image is None:
            maps = self.conv1(self.const.expand(len(ws[0]), -1, -1, -1), ws[0])
            return maps, self.torgb(maps, ws[1])
        maps = self.conv1(self.conv0(x, ws[0]), ws[1])
        with torch.autocast(x.device.type, enabled=False):
            doubled = upsampled(image, self.resample_filter, 2, (2, 1))
        return maps, doubled + self.torgb(maps, ws[2])


class SkipSynthesis(nn.Module):
    """Styles to images, as the sum of what blocks of doubling sides draw. Modules: `b4`, `b8`, …"""

    def __init__(self, shape: ImageShape, config: StyleGanConfig) -> None:
        super().__init__()
        self.sides = [SMALLEST * 2**i for i in range(int(math.log2(shape.size // SMALLEST)) + 1)]
        for side in self.sides:
            self.add_module(f"b{side}", SkipBlock(side, shape, config))
        self.num_ws = 2 * len(self.sides)

    def forward(self, ws: Tensor, *, follow: bool = False) -> Tensor:
        """Styles (B, num_ws, W) to images (B, C, H, W), about in [-1, 1]; `follow` changes nothing,
        as it has no averages."""
        styles = list(ws.float().unbind(dim=1))
        x: Tensor | None = None
        image: Tensor | None = None
        for block in self._blocks():
            x, image = block(x, image, styles)
            styles = styles[block.convolutions :]
        return cast("Tensor", image)

    def _blocks(self) -> list[SkipBlock]:
        blocks = (self.get_submodule(f"b{side}") for side in self.sides)
        return [block for block in blocks if isinstance(block, SkipBlock)]
