"""Statistics across a batch, by which a discriminator notices a lack of variety."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MinibatchStandardDeviation(nn.Module):
    """Appends one map with the standard deviation within groups (Karras et al. 2018, §3).

    Groups are neighbours in the batch, so a batch of reals followed by fakes never mixes them as
    long as each part divides by the group size. A batch that does not divide is one group.
    """

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, C, H, W) to (B, C + 1, H, W)."""
        b, c, h, w = x.shape
        group = self.group_size if b % self.group_size == 0 else b
        y = x.float().reshape(b // group, group, c, h, w)
        y = y - y.mean(dim=1, keepdim=True)
        deviation = (y.square().mean(dim=1) + 1e-8).sqrt().mean(dim=(1, 2, 3))
        statistic = deviation.repeat_interleave(group).view(b, 1, 1, 1).expand(b, 1, h, w)
        return torch.cat([x, statistic.to(x.dtype)], dim=1)
