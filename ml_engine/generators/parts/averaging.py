"""Averages of a generator over its training, which sample better than its last weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


def ramped(decay: float, number: int) -> float:
    """The decay at step `number`: less at first, so that the average forgets where it began."""
    return min(decay, (1 + number) / (10 + number))


@torch.no_grad()
def update_average(average: nn.Module, current: nn.Module, decay: float) -> None:
    """Exponential moving average of weights and float buffers, in place.

    Counts of batches are left: the average has seen none.
    """
    ours, theirs = average.state_dict(), current.state_dict()
    floats = [name for name, tensor in ours.items() if tensor.is_floating_point()]
    torch._foreach_lerp_([ours[n] for n in floats], [theirs[n] for n in floats], 1 - decay)


@torch.no_grad()
def set_standing_statistics(network: nn.Module, batches: int, run: Callable[[int], Tensor]) -> None:
    """Replace running statistics by those of `batches` calls of `run(i)` (Brock et al. 2019, §4.1).

    Averaged weights have statistics of their own; with these fixed, an image depends on no other.
    """
    layers = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean over all batches
    network.train()
    for number in range(batches):
        run(number)
    network.eval()
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
