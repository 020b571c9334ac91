"""The first layers that a generator's points pass, of whatever family."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ml_engine.generators.protocol import Drawn, Generator
from ml_engine.latents.spaces import Space
from ml_engine.randomness import normal

AROUND = 4
"""Points at which the slopes of a first layer are taken: what precedes it may bend them."""
STEP = 0.05
"""To both sides of such a point."""


def first_weights(generator: Generator, space: Space, *, seed: int) -> Tensor:
    """The weights (R, D) of the first layers that take a point of D numbers, row by row.

    In w all affine layers of the synthesis; in z the slopes of the first linear layer, so that
    what precedes it is told too (a class's covariance in a VAE). Raises `ValueError` where there
    is no such layer.
    """
    if space.name == "z":
        return _slopes(generator, seed)
    synthesis = generator.average.synthesis  # type: ignore[attr-defined]
    rows = [
        module.weight.detach().cpu().float()
        for name, module in synthesis.named_modules()
        if "affine" in name and _takes(module, space.shape[-1])
    ]
    if not rows or space.name != "w":
        raise ValueError(f"There are no layers that take a point of {space.name}.")
    return torch.cat(rows)


def _takes(module: nn.Module, width: int) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.ndim == 2 and weight.shape[1] == width


def _slopes(generator: Generator, seed: int) -> Tensor:
    """The Jacobian (R, Z) of the first linear layer by z, at a few points one below the other."""
    size = generator.latent_size
    moves = STEP * torch.eye(size)
    parts = []
    for number in range(AROUND):
        middle = normal((1, size), seed, "slopes", number)
        classes = torch.full((2 * size,), number % generator.class_count)
        seen = first_activations(generator, torch.cat([middle + moves, middle - moves]), classes)
        ahead, behind = seen.double().chunk(2)
        parts.append(((ahead - behind) / (2 * STEP)).T)
    return torch.cat(parts).float()


def first_activations(generator: Generator, latents: Tensor, classes: Tensor) -> Tensor:
    """What the first linear layer makes (N, R) of latents (N, Z) of classes (N,), before anything
    bends it; the images themselves of a generator that is linear as a whole.

    Raises `ValueError` for a generator that is no one pass through layers.
    """
    if not isinstance(generator, Drawn) or not generator.has_gradients:
        raise ValueError(f"{generator.config_type.title} has no first layer that takes a latent.")
    z = latents.detach().to(generator.device).requires_grad_()
    with torch.enable_grad(), _heard(getattr(generator, "average", None)) as heard:
        images = generator.draw(z, classes.to(generator.device))
    seen = heard[0] if heard else images
    return seen.detach().flatten(1).cpu()


@contextmanager
def _heard(network: Any) -> Iterator[list[Tensor]]:
    """What the first linear layer on the way of a latent gives, once the network has run."""
    heard: list[Tensor] = []

    def listen(module: nn.Module, inputs: Any, output: Tensor) -> None:
        if not heard and output.requires_grad:
            heard.append(output.detach())

    layers = network.modules() if isinstance(network, nn.Module) else ()
    hooks = [
        layer.register_forward_hook(listen) for layer in layers if isinstance(layer, nn.Linear)
    ]
    try:
        yield heard
    finally:
        for hook in hooks:
            hook.remove()
