"""Statistics across a batch, by which a discriminator notices a lack of variety.

Each layer appends its statistics to what it is given, features (B, D) or maps (B, C, H, W), where
they fill whole maps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

KERNELS, DIMENSIONS = 32, 8
"""Of minibatch discrimination: comparisons appended, and numbers that each compares."""


class MinibatchLayer(nn.Module, ABC):
    """Appends `extra` features or maps."""

    extra: int = 1
    mixes_all = False
    """Whether each image is compared with its whole batch rather than with a group of it, so that
    real and synthetic images must not share one."""

    @abstractmethod
    def statistics(self, x: Tensor) -> Tensor:
        """Features or maps of B images to (B, extra)."""

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, D) to (B, D + extra), or maps (B, C, H, W) to (B, C + extra, H, W)."""
        statistics = self.statistics(x).to(x.dtype)
        filling = statistics.view(*statistics.shape, *[1] * (x.ndim - 2))
        return torch.cat([x, filling.expand(-1, -1, *x.shape[2:])], dim=1)


class NoStatistics(MinibatchLayer):
    """Leaves its input as it is."""

    extra = 0

    def statistics(self, x: Tensor) -> Tensor:
        """See `MinibatchLayer`."""
        return x.new_zeros(len(x), 0)

    def forward(self, x: Tensor) -> Tensor:
        """See `MinibatchLayer`."""
        return x


class MinibatchStandardDeviation(MinibatchLayer):
    """The standard deviation within groups, averaged over the features (Karras et al. 2018, §3).

    Groups are neighbours in the batch, so a batch of reals followed by fakes never mixes them as
    long as each part divides by the group size. A batch that does not divide is one group.
    """

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        self.group_size = group_size

    def statistics(self, x: Tensor) -> Tensor:
        """See `MinibatchLayer`."""
        group = self.group_size if len(x) % self.group_size == 0 else len(x)
        y = x.float().reshape(len(x) // group, group, -1)
        y = y - y.mean(dim=1, keepdim=True)
        deviation = (y.square().mean(dim=1) + 1e-8).sqrt().mean(dim=1)
        return deviation.repeat_interleave(group).view(-1, 1)


class MinibatchDiscrimination(MinibatchLayer):
    """Learned comparisons with every other image of the batch (Salimans et al. 2016, §3.2).

    o(x_i)_b = E_{j≠i} exp(-‖M_{i,b} - M_{j,b}‖₁) with M_i = T f(x_i): a mean where the paper has a
    sum, so that it means the same in batches of every size. Maps are averaged over their positions
    first, as in the paper's networks.
    """

    mixes_all = True

    def __init__(self, features: int) -> None:
        super().__init__()
        self.extra = KERNELS
        self.compared = nn.Linear(features, KERNELS * DIMENSIONS, bias=False)

    def statistics(self, x: Tensor) -> Tensor:
        """See `MinibatchLayer`."""
        with torch.autocast(x.device.type, enabled=False):
            f = x.float().flatten(2).mean(dim=2) if x.ndim > 2 else x.float()
            m = self.compared(f).view(len(f), KERNELS, DIMENSIONS)
            closeness = (m[:, None] - m[None]).abs().sum(dim=3).neg().exp()
            # Each is as close as can be to itself, which says nothing.
            others: Tensor = (closeness.sum(dim=1) - 1) / max(1, len(f) - 1)
        return others


def minibatch_layer(name: str, features: int) -> MinibatchLayer:
    """The layer of the setting `minibatch` named `name`, for `features` features or maps."""
    if name == "discrimination":
        return MinibatchDiscrimination(features)
    return MinibatchStandardDeviation() if name == "standard_deviation" else NoStatistics()
