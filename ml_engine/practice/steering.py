"""Which way to move the share of synthetic images: by what each kind does for unseen real ones.

A batch of real and synthetic images in the ratio r descends g = (g_real + r·g_synthetic)/(1 + r).
A small step along g changes the loss on held-out images by -η⟨g_held_out, g⟩, and the derivative of
that by r has the sign of -⟨g_held_out, g_synthetic - g_real⟩: the one-step hypergradient with which
Ren et al. 2018 (§3.2) weigh single examples, taken for the two kinds as wholes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FACTOR = 1.5
"""By which the ratio rises or falls."""
SURE = 1.0
"""Standard errors that the advantage must lie from 0 before the ratio moves."""
LEAST_RATIO = 1 / 32
"""It falls no further: what is not tried at all cannot rise again."""

Batch = tuple[Tensor, Tensor]
"""Images float (B, C, H, W) in [-1, 1] and classes (B,)."""


@dataclass(frozen=True)
class Advantage:
    """How much more a step on synthetic images lowers the held-out loss than one on real ones."""

    value: float
    """As a share of what a step along the held-out gradient itself, as long as a real one, would
    lower it: 0 where both kinds are as good."""
    error: float
    """Standard error over the pairs of batches."""

    def steered(self, ratio: float, most: float) -> float:
        """The ratio to go on with, between `LEAST_RATIO` and `most`."""
        if self.value > SURE * self.error:
            return min(most, ratio * FACTOR)
        if self.value < -SURE * self.error:
            return max(min(LEAST_RATIO, ratio), ratio / FACTOR)
        return ratio


def advantage(
    network: nn.Module,
    held_out: Batch,
    pairs: Iterator[tuple[Batch, Batch]],
    loss: Callable[[Tensor, Tensor], Tensor],
) -> Advantage:
    """Of synthetic images over real ones, for `network` as it is.

    Nothing learns from `held_out`; `pairs` are at least two of a real and a synthetic batch, `loss`
    is what training descends. Looks in evaluation mode and leaves the network
    in training mode, its weights, statistics and gradients untouched.
    """
    network.eval()
    wanted = F.normalize(_gradient(network, held_out, F.cross_entropy), dim=0)
    real, synthetic = (
        torch.stack(gradients)
        for gradients in zip(
            *(tuple(_gradient(network, one, loss) for one in pair) for pair in pairs), strict=True
        )
    )
    network.train()
    scale = real.norm(dim=1).mean().clamp_min(1e-12)
    each = (synthetic - real) @ wanted / scale
    return Advantage(float(each.mean()), float(each.std() / len(each) ** 0.5))


def _gradient(network: nn.Module, batch: Batch, loss: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Of all weights as one vector, in float64, on the CPU."""
    images, classes = batch
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    gradients = torch.autograd.grad(loss(network(images), classes), weights)
    return torch.cat([gradient.flatten() for gradient in gradients]).double().cpu()
