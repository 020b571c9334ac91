"""What the engine is told and what it tells: frozen dataclasses, free of torch.

The web process may import this module and no other of the engine. Every
configuration validates itself on construction and raises `ConfigError` with
the field, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, Self

STRATEGIES = ("entropy", "margin", "least_confidence", "random")
"""Names of the uncertainty strategies; a higher score always means *less* sure."""


GENERATOR_FAMILIES = ("conditional_gan",)
"""The families in `ml_engine.generators.registry`, for those who may not import it."""

EMBEDDING_SIZE = 128
"""Length of every classifier's embeddings, whatever its network."""


class ConfigError(ValueError):
    """A configuration value that the engine cannot work with."""


class StopRequestedError(Exception):
    """Raised inside the engine where `should_stop()` turned true; work so far is checkpointed."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Common behaviour of all configurations: JSON in, JSON out, nothing unknown accepted."""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Build from plain JSON; raises `ConfigError` on unknown fields."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(
                f"{cls.__name__} does not know {', '.join(unknown)}; "
                f"it takes {', '.join(sorted(known))}."
            )
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` brings the same configuration back."""
        return asdict(self)

    def _require(self, name: str, ok: bool, allowed: str) -> None:
        if not ok:
            raise ConfigError(
                f"{type(self).__name__}.{name} is {getattr(self, name)!r}; it must be {allowed}."
            )


@dataclass(frozen=True, slots=True)
class ImageShape(EngineConfig):
    """The square, packed form in which a project's images reach the networks."""

    size: int = 28
    """Side in pixels."""
    channels: int = 1
    """1 = grey, 3 = colour."""

    def __post_init__(self) -> None:
        self._require("size", 8 <= self.size <= 1024, "between 8 and 1024")
        self._require("channels", self.channels in (1, 3), "1 (grey) or 3 (colour)")


@dataclass(frozen=True, slots=True)
class ClassifierConfig(EngineConfig):
    """Training of a classifier."""

    network: str = "small_cnn"
    """`small_cnn`, or `timm:<name>` for any timm backbone, such as `timm:resnet18`."""
    pretrained: bool = False
    """Start a timm backbone from its published weights (downloaded, or from the hub's cache)."""
    steps: int = 800
    """Optimiser steps; arms that are compared get the same number."""
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 5e-4
    mirror: bool = True
    """Random left-right flips; off where a mirrored image changes its class (digits)."""
    shift: int = 2
    """Random translation in pixels at training size, each way."""
    label_smoothing: float = 0.0
    threads: int = 1
    """CPU threads. Part of the configuration because it is part of what makes a run repeatable.
    One, because networks this small gain little from two and lose much on busy cores, where each
    layer waits for the slowest thread."""
    checkpoint_every: int = 100
    """Steps between resumable checkpoints."""

    def __post_init__(self) -> None:
        self._require("steps", self.steps >= 1, "at least 1")
        self._require("batch_size", self.batch_size >= 2, "at least 2")
        self._require("learning_rate", 0 < self.learning_rate < 1, "between 0 and 1")
        self._require("threads", self.threads >= 1, "at least 1")
        self._require("checkpoint_every", self.checkpoint_every >= 1, "at least 1")
        self._require("shift", self.shift >= 0, "0 or more")
        self._require(
            "network",
            self.network == "small_cnn" or self.network.startswith("timm:"),
            "'small_cnn' or 'timm:<name>'",
        )


@dataclass(frozen=True, slots=True)
class GeneratorConfig(EngineConfig):
    """Training of a generator, whichever its family."""

    family: str = "conditional_gan"
    """One of `GENERATOR_FAMILIES`."""
    steps: int = 2500
    batch_size: int = 64
    learning_rate: float = 4e-4
    width: int = 24
    """Base number of feature maps."""
    latent_size: int = 64
    r1_gamma: float = 1.0
    """Weight of the gradient penalty on real images (Mescheder et al. 2018)."""
    r1_every: int = 8
    ema_decay: float = 0.995
    mirror: bool = True
    pool_confidence: float = 0.7
    """Unannotated pool images join with their predicted class above this calibrated confidence.
    Variety matters more than purity: on Fashion-MNIST 0.7 keeps 64% of the pool, 90% right, where
    0.9 keeps 35% and hardly an image of the classes that are often confused."""
    threads: int = 1
    """CPU threads; see `ClassifierConfig.threads`."""
    checkpoint_every: int = 100

    def __post_init__(self) -> None:
        self._require(
            "family", self.family in GENERATOR_FAMILIES, f"one of {', '.join(GENERATOR_FAMILIES)}"
        )
        self._require("steps", self.steps >= 1, "at least 1")
        self._require("batch_size", self.batch_size >= 4, "at least 4")
        self._require("learning_rate", 0 < self.learning_rate < 1, "between 0 and 1")
        self._require("width", self.width >= 4, "at least 4")
        self._require("latent_size", self.latent_size >= 2, "at least 2")
        self._require("r1_gamma", self.r1_gamma >= 0, "0 or more")
        self._require("r1_every", self.r1_every >= 1, "at least 1")
        self._require("ema_decay", 0 <= self.ema_decay < 1, "in [0, 1)")
        self._require("pool_confidence", 0 < self.pool_confidence <= 1, "in (0, 1]")
        self._require("threads", self.threads >= 1, "at least 1")
        self._require("checkpoint_every", self.checkpoint_every >= 1, "at least 1")


@dataclass(frozen=True, slots=True)
class AimConfig(EngineConfig):
    """Choosing, among many candidates, the synthetic images nearest to what is uncertain."""

    keep: int = 200
    """Images to keep."""
    candidates_per_kept: int = 8
    """Candidates drawn for each image that is kept."""
    copy_quantile: float = 0.01
    """A candidate closer to a training image than this quantile of real nearest-neighbour distances
    is a near-copy and is dropped; the same distance parts kept images from one another."""
    threads: int = 2

    def __post_init__(self) -> None:
        self._require("keep", self.keep >= 1, "at least 1")
        self._require("candidates_per_kept", self.candidates_per_kept >= 1, "at least 1")
        self._require("copy_quantile", 0 <= self.copy_quantile < 1, "in [0, 1)")


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something that happened inside the engine, small enough to be logged and drawn."""

    kind: Literal["progress", "curve", "samples", "warning"]
    step: int
    """Optimiser steps (or items) done."""
    total: int
    """Steps (or items) that there are."""
    values: dict[str, float]
    """Curve values by series name, such as `loss` or `accuracy`; empty for plain progress."""
    message: str = ""
    path: Path | None = None
    """A file that goes with the event, such as a sample sheet (PNG)."""


OnEvent = Callable[[EngineEvent], None]
ShouldStop = Callable[[], bool]
