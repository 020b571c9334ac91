"""What every family of generators is to the rest of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_engine.batches import AnnotatedImages
from ml_engine.config import ConfigError, GeneratorConfig, ImageShape, OnEvent, ShouldStop
from ml_engine.generators.health import Health, Reference
from ml_engine.resuming import ResumeFile

Config = TypeVar("Config", bound=GeneratorConfig)


class CannotEncodeError(NotImplementedError):
    """The family has no way from an image back to a latent."""


@dataclass(frozen=True)
class GeneratorFit:
    """What a `fit` is given beside its images."""

    seed: int
    folder: Path
    """Sample sheets go to `folder/samples`."""
    resume: ResumeFile
    class_names: tuple[str, ...]
    on_event: OnEvent
    should_stop: ShouldStop
    reference: Reference | None = None
    """Real images that are not learnt from, beside which its health is measured."""
    perceptual: nn.Module | None = None
    """Images (B, C, H, W) in [-1, 1] to features (B, D) through which gradients flow; a warm-up
    compares by them."""
    trained_before: bool = False
    """Whether the networks are another training's, so that nothing is to begin anew."""


class Generator(Protocol):
    """A family of generators, untrained or trained.

    The constructor builds fresh networks for images of `shape` and `class_count` classes (1 for a
    project without classes); it raises `ConfigError` for a shape the family cannot make.
    """

    config_type: ClassVar[type[GeneratorConfig]]
    shape: ImageShape
    class_count: int
    latent_size: int

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None: ...

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """Train from the present weights; resumes through `fit.resume`.

        Leaves the weights of its healthiest moment and returns what was measured there.
        """

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images uint8 (N, C, H, W) from standard normal latents (N, Z) and classes (N,).

        Each image depends on its own latent and class alone.
        """

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Latents (N, Z) of images (N, C, H, W) of classes (N,), which `sample` turns into images
        like them; raises `CannotEncodeError` where the family cannot."""

    def state(self) -> dict[str, Tensor]:
        """All weights, by name."""

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Put `state()` back; raises `RuntimeError` or `KeyError` where it does not fit."""


@runtime_checkable
class Drawn(Protocol):
    """A `Generator` whose image is one function of its latent, in which one can walk."""

    device: torch.device
    has_gradients: ClassVar[bool]
    """Whether it is one pass through networks, so that gradients of an image reach its latent."""

    def draw(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1], or about; `sample`
        rounds them."""


def narrowed(config: GeneratorConfig, to: type[Config]) -> Config:
    """`config` as the family's own; raises `ConfigError` for another family's."""
    if not isinstance(config, to):
        raise ConfigError(f"{to.title} takes a {to.__name__}, not a {type(config).__name__}.")
    return config
