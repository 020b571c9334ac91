"""An optimiser's step."""

from __future__ import annotations

import torch
from torch import Tensor

from ml_engine.distributed import average_gradients


def descend(optimizer: torch.optim.Optimizer, loss: Tensor, longest: float | None = None) -> Tensor:
    """One optimiser step down the gradient of `loss`; returns the gradient's norm.

    A gradient that is longer than `longest` is cut to that. Several processes descend the mean of
    their gradients.
    """
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    learnt = [p for g in optimizer.param_groups for p in g["params"] if p.grad is not None]
    gradients = [p.grad for p in learnt]
    average_gradients(gradients)
    norm: Tensor = torch.nn.utils.get_total_norm(gradients)
    if longest is not None:
        torch.nn.utils.clip_grads_with_norm_(learnt, longest, norm)
    optimizer.step()
    return norm.detach()
