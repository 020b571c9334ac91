"""`bench generators`: how many images a second each family learns from and draws."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml_engine.config import (
    FAMILIES,
    ConfigError,
    ImageShape,
    TrainedConfig,
    generator_config,
)
from ml_engine.config.generators import DiffusionConfig


def family_list(text: str) -> list[str]:
    """Families by their names, a comma between them."""
    asked = text.split(",")
    unknown = [name for name in asked if name not in FAMILIES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"There is no {', '.join(unknown)}; there are {', '.join(FAMILIES)}."
        )
    return asked


OPTIONS: dict[str, dict[str, Any]] = {
    "families": {
        "type": family_list, "default": tuple(FAMILIES), "metavar": "A,B", "help": "these only",
    },
    "size": {"type": int, "default": 28, "metavar": "PIXELS", "help": "side of the images"},
    "channels": {"type": int, "default": 1, "choices": (1, 3), "help": "1 grey, 3 colour"},
    "batch": {"type": int, "metavar": "N", "help": "images a step; else each family's default"},
    "threads": {"type": int, "metavar": "N", "help": "of the CPU; else each family's default"},
    "processes": {
        "type": int, "default": 1, "metavar": "N",
        "help": "train networks by so many processes too, each with a core or GPU of its own",
    },
}  # fmt: skip


def generators(
    say: Callable[[str], None],
    *,
    families: Sequence[str] = tuple(FAMILIES),
    size: int = 28,
    channels: int = 1,
    batch: int | None = None,
    threads: int | None = None,
    processes: int = 1,
) -> Mapping[str, float]:
    """Images a second in training and in sampling, for each family of generators."""
    from ml_engine.devices import pick_device
    from ml_engine.studies.peers import diffusers_images_per_s
    from ml_engine.studies.speed import Amounts, speed, together_images_per_s

    shape, amounts = ImageShape(size, channels), Amounts()
    say(f"{size} × {size} pixels, {channels} channels, on {pick_device()}")
    figures: dict[str, float] = {}
    chosen = {"threads": threads, "batch_size": batch}
    asked = {name: value for name, value in chosen.items() if value}
    for family in families:
        config = generator_config(family, None, **asked)
        try:
            found = speed(shape, config, amounts)
        except ConfigError as error:
            say(f"{family} is left out: {error}")
            continue
        figures[f"train_images_per_s.{family}"] = found.train_images_per_s
        figures[f"sample_images_per_s.{family}"] = found.sample_images_per_s
        said = f"{family}: learns from {found.train_images_per_s:,.0f} images/s"
        say(f"{said}, draws {found.sample_images_per_s:,.0f}")
        if isinstance(config, TrainedConfig):
            minutes = config.steps * config.batch_size / found.train_images_per_s / 60
            figures[f"train_minutes.{family}"] = minutes
            say(f"{family}: its {config.steps:,} steps take {minutes:.1f} minutes")
        if processes > 1 and isinstance(config, TrainedConfig):
            together = together_images_per_s(shape, config, processes, amounts)
            figures[f"together_images_per_s.{family}"] = together
            figures[f"together_ratio.{family}"] = together / found.train_images_per_s
            say(f"{family}: {processes} processes learn from {together:,.0f} images/s")
        if isinstance(config, DiffusionConfig):
            peer = diffusers_images_per_s(shape, config, amounts)
            figures[f"peer_images_per_s.{family}"] = peer
            figures[f"peer_ratio.{family}"] = found.train_images_per_s / peer
            say(f"{family}: diffusers' own loop learns from {peer:,.0f} images/s")
    return figures
