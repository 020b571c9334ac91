"""Gradient penalties."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def r1(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """R1 = E[‖∇D(x)‖²] on real images (Mescheder et al. 2018, eq. 9), without its γ/2."""
    return _slopes(discriminator, real).square().sum(dim=(1, 2, 3)).mean()


def slope_penalty(
    discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor
) -> Tensor:
    """E[(‖∇D(x̂)‖ - 1)²] at x̂ = εx + (1 - ε)G(z) (Gulrajani et al. 2017, eq. 3), without its λ.

    `mix` (B,) holds one ε for each pair.
    """
    share = mix.view(-1, 1, 1, 1)
    between = share * real + (1 - share) * fake
    norms = _slopes(discriminator, between).square().sum(dim=(1, 2, 3)).add(1e-12).sqrt()
    return (norms - 1).square().mean()


def _slopes(discriminator: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    x = images.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return gradient
