"""Which frequencies each layer of an alias-free synthesis holds (Karras et al. 2021, §3.2, T)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml_engine.config.generators.stylegan import CRITICAL

FIRST_CUTOFF = 2.0
FIRST_STOPBAND = 2**2.1
LAST_STOPBAND = 2**0.3
"""As a multiple of the last cutoff."""
MARGIN = 10
"""Samples beyond each edge, so that it does not show where the image ends."""


@dataclass(frozen=True)
class Band:
    """The maps that a layer leaves; frequencies in cycles, rates in samples, per image side."""

    cutoff: float
    """f_c: frequencies beyond it are filtered away …"""
    half_width: float
    """f_h: … over a band of twice this width."""
    rate: int
    """s"""
    side: int
    """Samples a side, margins and all."""
    channels: int
    is_critical: bool
    """Whether its cutoff is as near to half its rate as can be."""


def bands(size: int, layers: int, width: int, widest: int, channels: int) -> list[Band]:
    """Of images of `size` pixels a side: for each of `layers` layers, and the colours last.

    Cutoffs and stopbands grow geometrically from the first layer to the first critical one;
    `width` is that of the last feature maps, which the others exceed as their cutoffs fall short,
    up to `widest`.
    """
    found = []
    for number in range(layers + 1):
        share = min(number / (layers - CRITICAL), 1)
        last_cutoff = size / 2
        cutoff = FIRST_CUTOFF * (last_cutoff / FIRST_CUTOFF) ** share
        stopband = FIRST_STOPBAND * (last_cutoff * LAST_STOPBAND / FIRST_STOPBAND) ** share
        rate = 2 ** math.ceil(math.log2(min(2 * stopband, size)))
        found.append(
            Band(
                cutoff=cutoff,
                half_width=max(stopband, rate / 2) - cutoff,
                rate=rate,
                side=rate + 2 * MARGIN if number < layers - 1 else size,
                channels=(
                    round(min(width * last_cutoff / cutoff, widest))
                    if number < layers
                    else channels
                ),
                is_critical=number >= layers - CRITICAL,
            )
        )
    return found
