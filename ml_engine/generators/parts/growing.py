"""Networks that grow while they train (Karras et al. 2018, §2).

How far a network has grown is one number: at n it works at resolution n alone, counted from the
smallest, 0; at n - 1 + s, resolution n has come in by the share s.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def grown_at(number: int, steps: int, last: int, growing: float, fading: float) -> float:
    """How far networks whose last resolution is `last` have grown at step `number` of `steps`.

    The resolutions below the last have equal parts of the share `growing` of the steps, which
    leaves the last one step at least. A new resolution fades in over the share `fading` of a part.
    """
    part = min(steps * growing, steps - 1) / last
    resolution = min(int(number / part), last) if part else last
    if resolution == 0:
        return 0.0
    since, fade = number + 1 - resolution * part, part * fading
    return resolution - 1 + (min(1.0, since / fade) if fade else 1.0)


class Growing(nn.Module):
    """A network between images of full size, on their last resolution, and the smallest maps."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last
        self.grown = 0.0

    @property
    def resolution(self) -> int:
        """The largest at work."""
        return math.ceil(self.grown)

    def faded(self, before: Callable[[], Tensor], now: Tensor) -> Tensor:
        """(1 - s) · before + s · now; `before` is not computed where it has faded out."""
        left = self.resolution - self.grown
        return torch.lerp(now, before(), left) if left else now

    def from_full(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) of full size at the present resolution: the mean of each square."""
        return halved(images, self.last - self.resolution)

    def to_full(self, images: Tensor) -> Tensor:
        """The inverse of `from_full`: each pixel becomes a square."""
        return doubled(images, self.last - self.resolution)

    def as_grown(self, images: Tensor) -> Tensor:
        """Real images (B, C, H, W) with no more detail than the generator's now have."""
        x = self.from_full(images)
        return self.to_full(self.faded(lambda: doubled(halved(x)), x))


class DoublingConv(nn.Module):
    """`conv(doubled(x))` in one transposed convolution of fewer products; `conv` has sides of 3."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, I, H, W) to (B, O, 2H, 2W)."""
        kernel = smeared(self.conv.weight.flip(2, 3)).transpose(0, 1)
        return F.conv_transpose2d(x, kernel, self.conv.bias, stride=2, padding=1)


class HalvingConv(nn.Module):
    """`halved(conv(x))` in one strided convolution of fewer products; `conv` has sides of 3."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, I, 2H, 2W) to (B, O, H, W)."""
        return F.conv2d(x, smeared(self.conv.weight) / 4, self.conv.bias, stride=2, padding=1)


def smeared(kernel: Tensor) -> Tensor:
    """Kernels (O, I, 3, 3), each pixel spread over a square: (O, I, 4, 4)."""
    k = F.pad(kernel, (1, 1, 1, 1))
    return k[..., 1:, 1:] + k[..., 1:, :-1] + k[..., :-1, 1:] + k[..., :-1, :-1]


def halved(x: Tensor, times: int = 1) -> Tensor:
    """Maps (B, C, H, W) of half the side, `times` over: the mean of each square."""
    return F.avg_pool2d(x, 2**times) if times else x


def doubled(x: Tensor, times: int = 1) -> Tensor:
    """Maps (B, C, H, W) of twice the side, `times` over: each pixel becomes a square."""
    return F.interpolate(x, scale_factor=float(2**times)) if times else x
