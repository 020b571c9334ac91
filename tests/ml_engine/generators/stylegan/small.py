"""Networks of every configuration that are built in a moment."""

from __future__ import annotations

from typing import Any

import torch

from ml_engine.config import ImageShape, generator_config
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.stylegan.networks import GeneratorNetwork
from ml_engine.randomness import layer_randomness

SMALL: dict[str, Any] = {"width": 16, "widest": 32, "style_size": 16, "latent_size": 8}


def config_of(configuration: str = "t", **settings: Any) -> StyleGanConfig:
    config = generator_config("stylegan3", {"configuration": configuration, **SMALL, **settings})
    assert isinstance(config, StyleGanConfig)
    return config


def network_of(
    configuration: str = "t", size: int = 32, class_count: int = 1, **settings: Any
) -> GeneratorNetwork:
    """Fresh, in evaluation; the same every time."""
    with layer_randomness(torch.device("cpu")):
        torch.manual_seed(0)
        config = config_of(configuration, **settings)
        return GeneratorNetwork(ImageShape(size, 1), class_count, config).eval()


def latents_of(count: int, class_count: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    z = torch.randn(count, SMALL["latent_size"], generator=torch.Generator().manual_seed(1))
    return z, torch.arange(count) % class_count
