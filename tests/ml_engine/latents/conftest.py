"""Generators whose latents are walked in: each family in a moment, and a StyleGAN of toys."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from ml_engine.config import FAMILIES, ImageShape
from ml_engine.generators.protocol import CannotEncodeError
from ml_engine.generators.registry import GENERATORS
from ml_engine.generators.sampling import draw_in_chunks
from ml_engine.randomness import layer_randomness
from tests.ml_engine.generators.conftest import tiny

WALKED = sorted(set(FAMILIES) - {"augmentation"})
LAYERS, WIDTH, LATENT = 3, 5, 4


@cache
def untrained(family: str) -> Any:
    """A family's tiny generator as it begins, its weights a little apart from each other."""
    with layer_randomness(torch.device("cpu")):
        return GENERATORS[family](ImageShape(16, 1), 3, tiny(family), seed=1)


class ToyMapping(nn.Module):
    """Latents and classes to one vector for all layers."""

    def __init__(self) -> None:
        super().__init__()
        self.classes, self.dense = nn.Embedding(3, LATENT), nn.Linear(2 * LATENT, WIDTH)

    def forward(self, z: torch.Tensor, classes: torch.Tensor, truncation: float = 1.0) -> Any:
        w = truncation * torch.tanh(self.dense(torch.cat([z, self.classes(classes)], dim=1)))
        return w[:, None].expand(-1, LAYERS, -1)


class ToySynthesis(nn.Module):
    """Each layer's vector moves the image; the first most."""

    def __init__(self) -> None:
        super().__init__()
        self.affines = nn.ModuleList(nn.Linear(WIDTH, 64) for _ in range(LAYERS))

    def forward(self, ws: torch.Tensor) -> Any:
        moves = [affine(ws[:, n]) / (n + 1) for n, affine in enumerate(self.affines)]
        return torch.tanh(sum(moves)).view(-1, 1, 8, 8)


class ToyStyleNetwork(nn.Module):
    """The two halves, as a StyleGAN has them."""

    def __init__(self) -> None:
        super().__init__()
        self.mapping, self.synthesis, self.truncation = ToyMapping(), ToySynthesis(), 0.9

    def forward(self, z: torch.Tensor, classes: torch.Tensor) -> Any:
        return self.synthesis(self.mapping(z, classes, self.truncation))


class ToyStyleGan:
    """As much of a `Generator` as is walked in."""

    config_type = SimpleNamespace(title="A toy")
    shape, class_count, latent_size = ImageShape(8, 1), 3, LATENT
    device, has_gradients = torch.device("cpu"), True

    def __init__(self) -> None:
        with layer_randomness(self.device):
            torch.manual_seed(3)
            self.average = ToyStyleNetwork().eval().requires_grad_(False)

    def draw(self, z: torch.Tensor, classes: torch.Tensor) -> Any:
        return self.average(z, classes)

    def sample(self, latents: np.ndarray, classes: np.ndarray) -> np.ndarray:
        return draw_in_chunks(self.draw, latents, classes, self.shape, self.device)

    def encode(self, images: np.ndarray, classes: np.ndarray) -> np.ndarray:
        raise CannotEncodeError
