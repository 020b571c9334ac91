"""`bench generator-quality`: what each family's images are worth, and the table of the docs."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.benches.documents import document
from config.benches.generator_docs import (
    DOCUMENT,
    FAMILIES_PART,
    TABLE_PART,
    families_text,
    table_text,
)
from config.benches.studied import garments, over_seeds, pictures
from config.demo.datasets import Dataset
from ml_engine.config import (
    FAMILIES,
    GeneratorConfig,
    generator_config,
)

if TYPE_CHECKING:
    from ml_engine.studies.quality import Study

Say = Callable[[str], None]
Measured = dict[str, list[dict[str, Any]]]
"""By variant, what each seed gave."""
REAL = "real"
"""The variant without a generator."""


def variants() -> list[str]:
    """Every family, and each preset of it as FAMILY.PRESET."""
    return [
        name
        for family, config in FAMILIES.items()
        for name in (family, *(f"{family}.{preset}" for preset in config.presets))
    ]


def _variant_list(text: str) -> list[str]:
    known, asked = variants(), text.split(",")
    for name in asked:
        if name not in known:
            raise argparse.ArgumentTypeError(f"There is no {name!r}; there are {', '.join(known)}.")
    return asked


def _setting(text: str) -> tuple[str, bool | int | float | str]:
    name, _, value = text.partition("=")
    for read in (int, float):
        try:
            return name, read(value)
        except ValueError:
            continue
    return name, {"true": True, "false": False}.get(value, value)


OPTIONS: dict[str, dict[str, Any]] = {
    "families": {
        "type": _variant_list,
        "metavar": "A,B",
        "help": "these only; FAMILY.PRESET for a preset",
    },
    "seeds": {"type": int, "default": 3, "metavar": "N", "help": "each draws everything anew"},
    "minutes": {
        "type": float,
        "default": 20.0,
        "metavar": "M",
        "help": "of one core for each training at most, which two do in about half the time (on a"
        " GPU, by the clock); a family whose steps would take longer gets fewer",
    },
    "size": {"type": int, "default": 28, "metavar": "PIXELS", "help": "side of the images"},
    "settings": {
        "type": _setting,
        "nargs": "*",
        "default": (),
        "metavar": "NAME=VALUE",
        "help": "settings for all families that have them",
    },
    "only_measured": {
        "action": "store_true",
        "help": "train nothing: take what the folder holds, as where a study was shared out",
    },
    "docs": {"action": "store_true", "help": "write the table of docs/generators.md, too"},
    "folder": {
        "type": Path,
        "help": "keep everything there, and go on where a study with the same options was broken"
        " off; without it everything is made anew and removed",
    },
}


def generator_quality(
    say: Say,
    *,
    families: Sequence[str] | None = None,
    seeds: int = 3,
    minutes: float = 20.0,
    size: int = 28,
    settings: Sequence[tuple[str, Any]] = (),
    folder: Path | None = None,
    only_measured: bool = False,
    docs: bool = False,
) -> Mapping[str, float]:
    """Coverage, and the accuracy of classifiers that learn from synthetic images, by family."""
    if only_measured and folder is None:
        raise RuntimeError("--only-measured takes what --folder DIR holds; name the folder.")
    dataset = garments()
    with ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        measured: Measured = {}
        left_out: dict[str, str] = {}
        for seed in range(seeds):
            study = _study(dataset, size, seed, where)
            _keep(say, measured, REAL, asdict(study.controls()))
            for name in families or list(FAMILIES):
                try:
                    config = _config(name, dict(settings))
                    outcome = (
                        study.recorded(name)
                        if only_measured
                        else study.outcome(name, config, most_s=60 * minutes, say=say)
                    )
                except _unfit() as error:
                    left_out[name] = str(error)
                    say(f"{name} is left out: {error}")
                else:
                    if outcome:
                        _keep(say, measured, name, asdict(outcome))
    figures = figures_of(measured)
    if docs:
        document(DOCUMENT, FAMILIES_PART, families_text())
        document(DOCUMENT, TABLE_PART, table_text(figures, left_out))
    return figures


def _unfit() -> tuple[type[Exception], ...]:
    """What a family raises that cannot be trained so; it must not end a study of hours."""
    from ml_engine.generators.health import GeneratorCollapsedError
    from ml_engine.resuming import TrainingDivergedError

    return ValueError, TrainingDivergedError, GeneratorCollapsedError


def _study(dataset: Dataset, size: int, seed: int, folder: Path) -> Study:
    from ml_engine.studies.quality import Study

    return Study(
        pictures(dataset.train, size),
        pictures(dataset.test, size),
        class_count=len(dataset.classes),
        seed=seed,
        folder=folder / f"{size}" / f"seed-{seed}",
    )


def _keep(say: Say, measured: Measured, name: str, values: dict[str, Any]) -> None:
    measured.setdefault(name, []).append(values)
    shown = (f"{key} {value:.4g}" for key, value in values.items() if value is not None)
    say(f"{name}: {', '.join(shown)}")


def _config(name: str, settings: Mapping[str, Any]) -> GeneratorConfig:
    family, _, preset = name.partition(".")
    chosen = FAMILIES[family].presets[preset] if preset else {}
    # What a core does is measured, and a second one would be timed while it waits.
    return generator_config(family, chosen, **{"threads": 1, **settings})


def figures_of(measured: Measured) -> dict[str, float]:
    """Means over the seeds as FIGURE.VARIANT, with 95% intervals from two seeds on."""
    figures: dict[str, float] = {}
    for name, seeds in measured.items():
        figures[f"seeds.{name}"] = len(seeds)
        for key in seeds[0]:
            values = [one[key] for one in seeds if one[key] is not None]
            if values:
                figures |= over_seeds(f"{key}.{name}", values)
    return figures
