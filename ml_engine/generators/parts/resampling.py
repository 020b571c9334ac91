"""Changing the sampling rate of maps with a low-pass filter, on any device, any times derivable.

Taps are one filter for both axes (T,), or one over both (T, T). Maps that are channels last in
memory stay so, which is several times faster on a CPU.
"""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

Padding = tuple[int, int]
"""Samples before and after, at the higher rate; negative ones are cut off."""


def upsampled(
    x: Tensor, taps: Tensor, factor: int, padding: Padding, gain: float | None = None
) -> Tensor:
    """Maps (B, C, H, W) at `factor` times the rate: zeros set between samples, padded, filtered.

    The result has H · factor + sum(padding) - T + 1 rows, and columns likewise. `gain` is factor²
    where nothing is said: what the zeros take is given back.
    """
    length, (before, after) = taps.shape[0], padding
    # A transposed convolution gives the ends where the filter overlaps too, from which we cut.
    lead, tail = length - 1 - before, length - factor - after
    cut = max(0, min(lead, tail))
    for kernel, step, at in _kernels(x, taps, math.sqrt(gain or factor**2)):
        stride = (factor if at[0] else 1, factor if at[1] else 1)
        cuts = (cut * at[0], cut * at[1])
        x = F.conv_transpose2d(x, kernel, stride=stride, padding=cuts, groups=step)
    return _padded(x, (cut - lead, cut - tail))


def downsampled(x: Tensor, taps: Tensor, factor: int = 1, padding: Padding = (0, 0)) -> Tensor:
    """Maps (B, C, H, W) padded with zeros, filtered, and every `factor`-th sample of them kept.

    The result has ⌊(H + sum(padding) - T) / factor⌋ + 1 rows, and columns likewise.
    """
    even = max(0, min(padding))
    x = _padded(x, (padding[0] - even, padding[1] - even))
    for kernel, groups, at in _kernels(x, taps, 1.0):
        stride = (factor if at[0] else 1, factor if at[1] else 1)
        pads = (even * at[0], even * at[1])
        x = F.conv2d(x, kernel.flip(2, 3), stride=stride, padding=pads, groups=groups)
    return x


def _kernels(x: Tensor, taps: Tensor, gain: float) -> list[tuple[Tensor, int, tuple[int, int]]]:
    """Kernels (C, 1, …) to be applied in turn, their groups, and the axes (rows, columns) of each;
    `gain` is for each axis."""
    channels = x.shape[1]
    f = taps.to(x.dtype)
    if f.ndim == 2:
        return [((f * gain**2).expand(channels, 1, -1, -1), channels, (1, 1))]
    f = f * gain
    return [
        (f.view(1, 1, 1, -1).expand(channels, 1, 1, -1), channels, (0, 1)),
        (f.view(1, 1, -1, 1).expand(channels, 1, -1, 1), channels, (1, 0)),
    ]


def _padded(x: Tensor, by: Padding) -> Tensor:
    return F.pad(x, [*by, *by]) if by != (0, 0) else x
