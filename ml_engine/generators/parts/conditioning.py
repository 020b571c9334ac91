"""Ways to tell a network the class."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConditionalBatchNorm(nn.Module):
    """Batch normalisation whose gain and bias belong to the class (Dumoulin et al. 2017, §2)."""

    def __init__(self, features: int, class_count: int) -> None:
        super().__init__()
        self.normalisation = nn.BatchNorm2d(features, affine=False)
        self.gain = nn.Embedding(class_count, features)
        self.bias = nn.Embedding(class_count, features)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.bias.weight)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        """Maps (B, C, H, W) and classes (B,) to maps of the same shape."""
        gain = self.gain(classes)[:, :, None, None]
        bias = self.bias(classes)[:, :, None, None]
        maps: Tensor = self.normalisation(x) * gain + bias
        return maps


class Projection(nn.Module):
    """Projection discriminator (Miyato & Koyama 2018, eq. 3): ψ(f) + ⟨e(y), f⟩."""

    def __init__(self, features: int, class_count: int) -> None:
        super().__init__()
        self.unconditional = nn.Linear(features, 1)
        self.classes = nn.Embedding(class_count, features)
        # The inner product of two unit normal vectors has a deviation of √features.
        nn.init.normal_(self.classes.weight, std=features**-0.5)

    def forward(self, f: Tensor, classes: Tensor) -> Tensor:
        """Features (B, D) and classes (B,) to logits (B,), in float32.

        Rounded to bfloat16, the share of a batch's mean loss would swallow small pulls on a logit.
        """
        with torch.autocast(f.device.type, enabled=False):
            f = f.float()
            logits: Tensor = self.unconditional(f)[:, 0] + (f * self.classes(classes)).sum(dim=1)
        return logits
