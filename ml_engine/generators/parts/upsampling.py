"""A generator network of transposed convolutions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.generators.parts.conditioning import ConditionalBatchNorm
from ml_engine.generators.parts.pyramid import Pyramid


class UpsamplingNetwork(nn.Module):
    """Latents and classes to images, doubling the maps until they have the last side of `maps`.

    `to_image` gives the last layer for the width of the last maps.
    """

    def __init__(
        self,
        maps: Pyramid,
        class_count: int,
        latent_size: int,
        to_image: Callable[[int], nn.Module],
    ) -> None:
        super().__init__()
        self.side, widths = maps.side, maps.widths
        self.classes = nn.Embedding(class_count, latent_size)
        self.dense = nn.Linear(2 * latent_size, widths[0] * self.side**2)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(i, o, 4, stride=2, padding=1, bias=False)
            for i, o in pairwise(widths)
        )
        self.normalisations = nn.ModuleList(ConditionalBatchNorm(w, class_count) for w in widths)
        self.to_image = to_image(widths[-1])

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1]."""
        x = self.dense(torch.cat([z, self.classes(classes)], dim=1))
        x = x.view(len(z), -1, self.side, self.side).to(memory_format=torch.channels_last)
        x = F.relu(self.normalisations[0](x, classes))
        for up, normalisation in zip(self.up, self.normalisations[1:], strict=True):
            x = F.relu(normalisation(up(x), classes))
        return torch.tanh(self.to_image(x))
