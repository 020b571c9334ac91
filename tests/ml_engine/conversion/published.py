"""Files in the format of StyleGAN's authors, written without their code."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.stylegan.generator import StyleGan

SHAPE = ImageShape(16, 3)
SMALL = {"latent_size": 8, "style_size": 12, "width": 4, "widest": 16}
SOURCE = "raise RuntimeError('the source of a module was run')"


def config_of(configuration: str) -> StyleGanConfig:
    layers = 14 if configuration == "stylegan2" else 4
    told = {"path_length": 2.0, "style_mixing": 0.9} if configuration == "stylegan2" else {}
    return StyleGanConfig(configuration=configuration, layers=layers, **SMALL, **told)


def network(configuration: str, classes: int) -> StyleGan:
    made = StyleGan(SHAPE, classes, config_of(configuration), 3, torch.device("cpu"))
    with torch.no_grad():
        for name, tensor in made.average.state_dict().items():
            if name.endswith(("bias", "w_avg")):
                tensor.add_(torch.randn_like(tensor) * 0.3)
    return made


class Persistent:
    """An object as the authors' decorator writes it: its class's source, and its state."""

    def __init__(self, class_name: str, state: dict[str, Any], source: str = SOURCE) -> None:
        self.meta = {
            "type": "class", "version": 6, "module_src": source, "class_name": class_name,
            "state": state,
        }  # fmt: skip

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        module = sys.modules["torch_utils.persistence"]
        return module._reconstruct_persistent_obj, (self.meta,)


def module_of(ours: nn.Module, class_name: str = "Layer", **state: Any) -> Persistent:
    return Persistent(
        class_name,
        {
            "training": True,
            "_parameters": dict(ours._parameters),
            "_buffers": dict(ours._buffers),
            "_modules": {name: module_of(child) for name, child in ours.named_children()},
            "_non_persistent_buffers_set": set(),
            **state,
        },
    )


def published(made: StyleGan, *, parts: tuple[str, ...] = ("G", "D", "G_ema"), **changed: Any):
    """The tree that a file holds; `changed` are settings that the generators were made with."""
    config, times = made.config, 2 if made.config.configuration == "r" else 1
    settings = {
        "mapping_kwargs": {"num_layers": config.mapping_layers},
        "channel_base": config.width * SHAPE.size * times,
        "channel_max": config.widest * times,
        "num_fp16_res": 4,
        "conv_clamp": None,
    }
    if config.configuration != "stylegan2":
        settings |= {"num_layers": config.layers, "magnitude_ema_beta": 0.999}
    if config.configuration == "r":
        settings |= {"conv_kernel": 1, "use_radial_filters": True}
    sizes = {
        "z_dim": config.latent_size, "w_dim": config.style_size, "img_resolution": SHAPE.size,
        "c_dim": made.class_count if made.class_count > 1 else 0, "img_channels": SHAPE.channels,
    }  # fmt: skip
    networks = {
        "G": lambda: module_of(
            made.generator, "Generator", **sizes, _init_kwargs={**settings, **changed}
        ),
        "D": lambda: module_of(made.discriminator, "Discriminator"),
        "G_ema": lambda: module_of(
            made.average, "Generator", **sizes, _init_kwargs={**settings, **changed}
        ),
    }
    return {name: networks[name]() for name in parts} | {"augment_pipe": None}


@contextmanager
def authors_modules() -> Iterator[None]:
    """Modules of the names that their files speak of, so that a file can be written."""
    package, module = ModuleType("torch_utils"), ModuleType("torch_utils.persistence")

    def _reconstruct_persistent_obj(meta: Any) -> None:
        raise AssertionError("somebody obeyed the file")

    _reconstruct_persistent_obj.__module__ = module.__name__
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    module._reconstruct_persistent_obj = _reconstruct_persistent_obj  # type: ignore[attr-defined]
    sys.modules |= {"torch_utils": package, "torch_utils.persistence": module}
    try:
        yield
    finally:
        del sys.modules["torch_utils"], sys.modules["torch_utils.persistence"]


def written(path: Path, held: Any, protocol: int = 4) -> Path:
    with authors_modules(), path.open("wb") as file:
        pickle.dump(held, file, protocol)
    return path
