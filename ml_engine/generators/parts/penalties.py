"""Gradient penalties."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def r1(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """R1 = E[‖∇D(x)‖²] on real images (Mescheder et al. 2018, eq. 9), without its γ/2."""
    x = real.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()
