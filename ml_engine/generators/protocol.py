"""What every family of generators is to the rest of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig, ImageShape, OnEvent, ShouldStop
from ml_engine.resuming import ResumeFile


class CannotEncodeError(NotImplementedError):
    """The family has no way from an image back to a latent."""


@dataclass(frozen=True)
class GeneratorFit:
    """What a `fit` is given beside its data and configuration."""

    seed: int
    folder: Path
    """Sample sheets go to `folder/samples`."""
    resume: ResumeFile
    class_names: tuple[str, ...]
    on_event: OnEvent
    should_stop: ShouldStop


class Generator(Protocol):
    """A family of generators, untrained or trained.

    The constructor builds fresh networks for images of `shape` and `class_count` classes; it
    raises `ConfigError` for a shape the family cannot make.
    """

    family: ClassVar[str]
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

    def fit(self, images: AnnotatedImages, config: GeneratorConfig, fit: GeneratorFit) -> None:
        """Train from the present weights; resumes through `fit.resume`."""

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images uint8 (N, C, H, W) from latents (N, Z) and classes (N,), each on its own."""

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Latents (N, Z) of images; raises `CannotEncodeError` where the family cannot."""

    def state(self) -> dict[str, Tensor]:
        """All weights, by name."""

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Put `state()` back; raises `RuntimeError` or `KeyError` where it does not fit."""
