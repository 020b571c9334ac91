"""What the configurations of all families of generators share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ml_engine.config.images import ImageShape
from ml_engine.config.settings import EngineConfig, setting

ALARM_POLICIES = ("go_on", "roll_back", "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig(EngineConfig):
    """Any generator. A family's settings are its own subclass, named in `FAMILIES`."""

    family: ClassVar[str]
    """Its name in settings, checkpoints and the registry."""
    title: ClassVar[str]
    """Its name for people."""
    about: ClassVar[str]
    """What it is and what it is good for, in a sentence or two."""
    presets: ClassVar[dict[str, dict[str, Any]]] = {}
    """Named groups of settings that differ from the defaults together."""
    part: ClassVar[str] = "Images and cores"
    """What the settings that a class declares are about; a family's own are about the family."""
    halves: ClassVar[bool] = False
    """Whether its networks halve images until they are small: not every size can be."""

    learns: ClassVar[bool] = True
    """Whether it learns what a class looks like; else it only varies real images."""

    mirror: bool = setting(
        True, "Learn from mirrored images too; off where that changes the class (digits)."
    )
    pool_confidence: float = setting(
        0.5,
        "Unannotated pool images join with their predicted class above this calibrated confidence."
        " Without those that are hard to tell apart, a class has no borders: variety matters more"
        " than purity.",
        above=0,
        at_most=1,
    )
    threads: int = setting(
        2,
        "CPU threads: part of what makes a run repeatable. Two train a network in half to four"
        " fifths of the time that one takes; more than there are idle cores slow it down.",
        at_least=1,
    )

    @classmethod
    def part_of(cls, name: str) -> str:
        """What a setting is about: the `part` of the class that declares it first."""
        classes = (one for one in reversed(cls.__mro__) if issubclass(one, GeneratorConfig))
        first = next(one for one in classes if name in one.__dataclass_fields__)
        return str(vars(first).get("part", cls.title))

    @classmethod
    def check_shape(cls, shape: ImageShape) -> None:
        """Raise `ConfigError` where the family cannot make images of this shape."""
        if cls.halves:
            shape.halvings(cls.title)

    def check_anew(self) -> None:
        """Raise `ConfigError` where no training can begin anew with these settings."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values with the `family`; see `generator_config_from_json`."""
        # Zero-argument super() does not find a class that was made anew for its slots.
        return {"family": self.family, **EngineConfig.to_json(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedConfig(GeneratorConfig):
    """A generator that is a network, trained step by step."""

    part: ClassVar[str] = "Training"

    steps: int = setting(2500, "Optimiser steps.", at_least=1)
    batch_size: int = setting(64, "Images a step.", at_least=4)
    learning_rate: float = setting(4e-4, "Adam's step size.", above=0, below=1)
    cooldown: float = setting(
        0.5,
        "Share of the steps, the last ones, over which Adam's step sizes fall in a straight line to"
        " 0, so that the images settle.",
        at_least=0,
        at_most=1,
    )
    ema_decay: float = setting(
        0.995,
        "How much of the averaged weights, which draw the images, stays each step.",
        at_least=0,
        below=1,
    )
    checks: int = setting(
        10,
        "How often its health is measured: a sheet of samples, coverage and KID beside real images"
        " that it does not learn from. The best of these checkpoints is kept, not the last.",
        at_least=1,
        at_most=200,
    )
    on_alarm: str = setting(
        "go_on",
        "When its images collapse or its loss is no number: train on and keep the best so far, end"
        " with the best so far, or fail.",
        choices=ALARM_POLICIES,
    )
    checkpoint_every: int = setting(100, "Steps between resumable checkpoints.", at_least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentConfig(TrainedConfig):
    """A network that turns a short vector into an image."""

    part: ClassVar[str] = "Network"

    latent_size: int = setting(64, "Length of the vector.", at_least=2, at_most=4096)
    width: int = setting(
        24, "Feature maps at full size; the smaller maps have up to four times as many.", at_least=4
    )
