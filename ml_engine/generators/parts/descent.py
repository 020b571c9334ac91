"""An optimiser's step that is watched."""

from __future__ import annotations

import torch
from torch import Tensor

from ml_engine.distributed import average_gradients


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> Tensor:
    """One optimiser step down the gradient of `loss`; returns the gradient's norm."""
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    gradients = [p.grad for g in optimizer.param_groups for p in g["params"] if p.grad is not None]
    average_gradients(gradients)
    norm: Tensor = torch.stack(torch._foreach_norm(gradients)).norm()
    optimizer.step()
    return norm.detach()
