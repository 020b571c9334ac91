"""What StyleGAN's discriminator sees: blurred at first, then as that of others."""

from __future__ import annotations

import torch
from torch import Tensor

from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.adversarial.view import View
from ml_engine.generators.parts.resampling import downsampled

FADE_BATCHES = 6250
"""Over which the blur fades (Karras et al. 2021, appendix F: 200,000 images in batches of 32) …"""
FADE_SHARE = 0.05
"""… or this share of a training that is far shorter than theirs."""
REACH = 3.0
"""Deviations that the blur reaches to each side."""


class BlurringView(View):
    """A `View` of images that `config.blur` has blurred first, the less the later."""

    def __init__(self, config: StyleGanConfig, seed: int, *, blurs: bool) -> None:
        super().__init__(config, seed)
        self._deviation = config.blur if blurs else 0.0
        self._fade = min(FADE_BATCHES, FADE_SHARE * self._batches)

    def __call__(self, images: Tensor, part: str, batch: int) -> Tensor:
        """See `View`."""
        deviation = self._deviation * max(0.0, 1 - batch / self._fade)
        return super().__call__(blurred(images, deviation), part, batch)


def blurred(images: Tensor, deviation: float) -> Tensor:
    """Images (B, C, H, W) under the kernel 2^-(k/σ)² of `deviation` σ pixels, black beyond edges
    being grey, 0; as they are where it would reach no pixel."""
    reach = int(REACH * deviation)
    if reach == 0:
        return images
    at = torch.arange(-reach, reach + 1, device=images.device)
    taps = (at / deviation).square().neg().exp2()
    return downsampled(images, taps / taps.sum(), 1, (reach, reach))
