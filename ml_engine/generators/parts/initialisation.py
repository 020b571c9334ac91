"""How weights begin."""

from __future__ import annotations

from torch import nn

from ml_engine.generators.parts.conditioning import ConditionalBatchNorm

DCGAN_DEVIATION = 0.02
LEAK = 0.2
"""Slope of the leaky rectifiers."""


def draw_dcgan_weights(network: nn.Module) -> None:
    """Radford et al. 2016, §4: weights N(0, .02), gains N(1, .02), no offsets; in place.

    Right where batch normalisation follows, whatever the size of what it normalises.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, std=DCGAN_DEVIATION)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, ConditionalBatchNorm):
            nn.init.normal_(module.gain.weight, mean=1, std=DCGAN_DEVIATION)
        elif isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.normal_(module.weight, mean=1, std=DCGAN_DEVIATION)


def draw_he_weights(network: nn.Module, leak: float = 0.0) -> None:
    """He et al. 2015, eq. 15: what passes a layer and its rectifier keeps its size; in place.

    Right where nothing normalises.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, a=leak, nonlinearity="leaky_relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
