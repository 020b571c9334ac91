"""Spectral normalisation (Miyato et al. 2018): no layer stretches its input."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import is_parametrized, register_parametrization

from ml_engine.generators.parts.conditioning import ConditionalBatchNorm

FIRST_ITERATIONS = 15
"""Power iterations before the first step; from then on one a pass keeps up with the weights."""

LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Embedding)

Network = TypeVar("Network", bound=nn.Module)


class SpectralNorm(nn.Module):
    """W to W / σ(W), by one power iteration a pass (Miyato et al. 2018, algorithm 1).

    Only u is kept, and v made from it, so that σ is always that of the weights at hand: those of a
    moving average, too, whose u is the average of unit vectors. It computes in float32.
    """

    u: Tensor

    def __init__(self, weight: Tensor, dim: int = 0) -> None:
        super().__init__()
        self.dim = dim
        rows, columns = self._matrix(weight).shape
        # The largest singular value of a single row or column is its length.
        self.iterates = rows > 1 and columns > 1
        if not self.iterates:
            return
        self.register_buffer("u", F.normalize(torch.randn(rows), dim=0, eps=1e-12))
        for _ in range(FIRST_ITERATIONS):
            self.u, _ = self._iterate(self._matrix(weight.detach()))

    def forward(self, weight: Tensor) -> Tensor:
        """A weight of any shape to one of the same shape with the largest singular value 1."""
        with torch.autocast(weight.device.type, enabled=False):
            matrix = self._matrix(weight)
            if not self.iterates:
                sigma = matrix.norm().clamp_min(1e-12)
            else:
                with torch.no_grad():
                    u, v = self._iterate(matrix)
                    if self.training:
                        self.u.copy_(u)
                sigma = u @ matrix @ v
            normalised: Tensor = weight / sigma
        return normalised

    def _iterate(self, matrix: Tensor) -> tuple[Tensor, Tensor]:
        v = F.normalize(self.u @ matrix, dim=0, eps=1e-12)
        return F.normalize(matrix @ v, dim=0, eps=1e-12), v

    def _matrix(self, weight: Tensor) -> Tensor:
        return weight.movedim(self.dim, 0).flatten(1)


def normalise_spectrally(network: Network) -> Network:
    """Give every layer of `network` that multiplies its input a `SpectralNorm`, in place.

    Conditional batch normalisation is left alone: its gains stretch on purpose. Layers that have
    one already keep it; with an equalised learning rate, the scaled weights are normalised.
    """
    spared = {
        layer
        for module in network.modules()
        if isinstance(module, ConditionalBatchNorm)
        for layer in module.modules()
    }
    for module in list(network.modules()):
        if not isinstance(module, LAYERS) or module in spared or _is_normalised(module):
            continue
        # A transposed convolution keeps its outputs second.
        dim = 1 if isinstance(module, nn.ConvTranspose2d) else 0
        register_parametrization(module, "weight", SpectralNorm(module.weight, dim))
    return network


def _is_normalised(layer: nn.Module) -> bool:
    return is_parametrized(layer, "weight") and any(
        isinstance(part, SpectralNorm) for part in layer.modules()
    )
