"""Self-attention over maps: what is drawn in one place may depend on every other."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.generators.parts.pyramid import Pyramid

MOST_SIDE = 32
"""Of maps that are attended to: the comparisons grow with the fourth power of the side."""


class SelfAttention(nn.Module):
    """y = γ o(Σ_j β_ij g(x_j)) + x with β = softmax_j(θ(x_i)ᵀ φ(x_j)) (Zhang et al. 2019, §3).

    As its authors run it: θ and φ have an eighth of the maps and g a half, φ and g are pooled 2×2,
    and γ begins at 0, so that the network learns from what is near first.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        eighth, half = max(1, features // 8), max(1, features // 2)
        self.theta = nn.Conv2d(features, eighth, 1, bias=False)
        self.phi = nn.Conv2d(features, eighth, 1, bias=False)
        self.g = nn.Conv2d(features, half, 1, bias=False)
        self.o = nn.Conv2d(half, features, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps of the same shape."""
        theta = self.theta(x).flatten(2)  # (B, C/8, HW)
        phi = F.max_pool2d(self.phi(x), 2).flatten(2)  # (B, C/8, HW/4)
        g = F.max_pool2d(self.g(x), 2).flatten(2)  # (B, C/2, HW/4)
        beta = (theta.transpose(1, 2) @ phi).softmax(dim=2)  # (B, HW, HW/4)
        attended = (g @ beta.transpose(1, 2)).view(len(x), -1, *x.shape[2:])
        maps: Tensor = self.gamma * self.o(attended) + x
        return maps


def attended_maps(maps: Pyramid) -> int:
    """Which of a pyramid's maps, counted from the smallest, are attended to: the largest that are
    smaller than the image and no larger than `MOST_SIDE`, else the smallest."""
    sides = [maps.side << position for position in range(len(maps.widths) - 1)]
    return max((i for i, side in enumerate(sides) if side <= MOST_SIDE), default=0)
