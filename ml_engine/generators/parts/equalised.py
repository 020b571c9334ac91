"""The equalised learning rate, and the normalisation that goes with it (Karras et al. 2018)."""

from __future__ import annotations

import math
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d, nn.Embedding)


class RuntimeScale(nn.Module):
    """ŵ = c·w: the weight that is learnt, times a constant (Karras et al. 2018, §4.1)."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        """The weight that the layer computes with."""
        return weight * self.scale


def equalised(layer: Layer, gain: float = math.sqrt(2)) -> Layer:
    """Draw the weights of `layer` from N(0, 1) and scale them by gain/√fan_in in every pass.

    He's constant at run time rather than in the weights lets Adam move all layers equally fast.
    """
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight)
    if not isinstance(layer, nn.Embedding) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
    register_parametrization(layer, "weight", RuntimeScale(gain / math.sqrt(fan_in)))
    return layer


def pixel_norm(x: Tensor) -> Tensor:
    """b = a / √(mean_j a_j² + ε) over dimension 1, the features (Karras et al. 2018, §4.2)."""
    a = x.float()
    b = a * torch.rsqrt(a.square().mean(dim=1, keepdim=True) + 1e-8)
    return b.to(x.dtype)
