"""`bench inversion`: how near a generator comes to held-out images, and where its latents lead."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.benches.studied import garments, pictures
from ml_engine.config import (
    FAMILIES,
    ClassifierConfig,
    InversionConfig,
    TrainedConfig,
    generator_config,
)

if TYPE_CHECKING:
    from ml_engine.latents.effects import Effect
    from ml_engine.measures.intervals import Estimate
    from ml_engine.studies.latents import Found

OPTIONS: dict[str, dict[str, Any]] = {
    "family": {
        "default": "conditional_gan", "metavar": "NAME",
        "choices": [name for name, config in FAMILIES.items() if issubclass(config, TrainedConfig)],
        "help": "of the generator that is trained",
    },
    "generator_steps": {"type": int, "default": 6000, "metavar": "N", "help": "it trains so long"},
    "generator": {"type": Path, "metavar": "FOLDER", "help": "take this checkpoint instead"},
    "learnt": {
        "type": int, "default": 6000, "metavar": "N",
        "help": "images that it learns from, among which the nearest is looked for",
    },
    "inverted": {"type": int, "default": 100, "metavar": "N", "help": "held-out images to find"},
    "starts": {"type": int, "default": 2, "metavar": "N", "help": "searches for each of them"},
    "steps": {"type": int, "default": 200, "metavar": "N", "help": "of each search"},
    "threads": {"type": int, "default": 2, "metavar": "N", "help": "of the CPU"},
    "seed": {"type": int, "default": 0, "metavar": "N", "help": "draws everything anew"},
    "folder": {"type": Path, "help": "keep what is trained there, and go on from it"},
}  # fmt: skip


def inversion(
    say: Callable[[str], None],
    *,
    family: str = "conditional_gan",
    generator_steps: int = 6000,
    generator: Path | None = None,
    learnt: int = 6000,
    inverted: int = 100,
    starts: int = 2,
    steps: int = 200,
    threads: int = 2,
    seed: int = 0,
    folder: Path | None = None,
) -> Mapping[str, float]:
    """Find held-out garments in a generator's latents, and move them along directions.

    `nearer.NAME` is the share of the images to which what was found is nearer than their nearest
    training image: in features of the classifier that the search went by (`optimised`), of one
    that learnt from other images (`other`), and in pixels. Of brightness and width by pixels,
    `rank_correlation` tells how evenly a direction moves them within ±2σ, `class_changed` how many
    images the classifier then gives another class, `moved` by how many deviations they move from
    end to end; `_with_class` are the same directions without what makes images lose their class.
    """
    from ml_engine.studies.latents import Amounts, Study

    dataset = garments()
    with ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        study = Study(
            pictures(dataset.train, dataset.size),
            pictures(dataset.test, dataset.size),
            class_count=len(dataset.classes),
            generator=generator or generator_config(family, steps=generator_steps, threads=threads),
            classifier=ClassifierConfig(threads=threads),
            inversion=InversionConfig(starts=starts, steps=steps, threads=threads),
            amounts=Amounts(learnt=learnt, inverted=inverted),
            seed=seed,
            folder=where,
        )
        found = study.found()
        say(f"found: {found}")
        figures = _found_figures(found)
        for name, effect in study.effects().items():
            say(f"{name}: {effect}")
            figures |= _effect_figures(name, effect)
        coverage, filled = study.explored()
        say(f"coverage {coverage:.3f}, gaps filled {filled}")
    return {**figures, "coverage": coverage, **_with_bounds("gaps_filled", "", filled)}


def _found_figures(found: Found) -> dict[str, float]:
    figures = {"seconds_an_image": found.seconds}
    for name, estimate in found.nearer.items():
        figures |= _with_bounds("nearer", f".{name}", estimate)
        figures[f"distance.{name}"] = found.distances[name]
        figures[f"nearest_distance.{name}"] = found.nearest[name]
    return figures


def _effect_figures(name: str, effect: Effect) -> dict[str, float]:
    return {
        **_with_bounds("rank_correlation", f".{name}", effect.rank_correlation),
        **_with_bounds("class_changed", f".{name}", effect.class_changed),
        f"moved.{name}": effect.others["itself"],
        **{
            f"moved.{name}.{other}": value
            for other, value in effect.others.items()
            if other != "itself"
        },
    }


def _with_bounds(figure: str, rest: str, estimate: Estimate) -> dict[str, float]:
    return {
        f"{figure}{rest}": estimate.value,
        f"{figure}_low{rest}": estimate.low,
        f"{figure}_high{rest}": estimate.high,
    }
