"""What `bench loop` trains: strategies and arms, in pieces that other processes can be given."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.benches.studied import garments, pictures
from config.demo.datasets import Dataset, digits
from ml_engine.config import ClassifierConfig, generator_config

if TYPE_CHECKING:
    from ml_engine.studies import acquisition, mixing


@dataclass(frozen=True)
class Scale:
    """How much of a dataset is used for what."""

    size: int
    """Side of the images."""
    choosing_pool: int
    sizes: tuple[int, ...]
    """Numbers of annotations at which strategies are compared; chance decides at the last."""
    pool: int
    guidance: int
    annotations: tuple[int, ...]
    """Numbers of annotations at which arms are compared."""
    steps: int
    """Of each classifier."""


SCALES = {
    "fashion-mnist": Scale(
        28,
        30_000,
        (100, 200, 400, 700, 1000, 1500, 2000, 3000),
        20_000,
        500,
        (100, 300, 500, 1000),
        800,
    ),
    "digits": Scale(16, 1400, (20, 40, 60, 80, 100, 150, 200), 900, 100, (30, 100, 300), 300),
}


@dataclass(frozen=True)
class Study:
    """The options that decide figures, in a form that other processes can be given."""

    dataset: str
    generator: str
    generator_steps: int
    looks: int
    folder: Path

    @property
    def scale(self) -> Scale:
        """Of its dataset."""
        return SCALES[self.dataset]

    def acquisition(self, seed: int) -> acquisition.Trial:
        """The trial of the strategies with a seed."""
        from ml_engine.studies.acquisition import Course, Trial

        found, scale = dataset_of(self.dataset), self.scale
        course = Course(
            train=pictures(found.train, scale.size),
            test=pictures(found.test, scale.size),
            class_count=len(found.classes),
            pool=scale.choosing_pool,
            sizes=scale.sizes,
            classifier=ClassifierConfig(steps=scale.steps, mirror=found.mirror),
        )
        return Trial(course, seed, self.folder / self.dataset / "labels" / f"seed-{seed}")

    def mixing(self, annotated: int, seed: int) -> mixing.Trial:
        """The trial of the arms at a number of annotations with a seed."""
        from ml_engine.studies.mixing import Bench, Trial

        found, scale = dataset_of(self.dataset), self.scale
        bench = Bench(
            train=pictures(found.train, scale.size),
            test=pictures(found.test, scale.size),
            class_count=len(found.classes),
            pool=scale.pool,
            guidance=scale.guidance,
            looks=self.looks,
            generator=generator_config(
                self.generator, {}, steps=self.generator_steps, mirror=found.mirror, threads=1
            ),
            classifier=ClassifierConfig(steps=scale.steps, mirror=found.mirror),
        )
        name = f"{self.generator}-{self.generator_steps}"
        folder = self.folder / self.dataset / "arms" / name / f"{annotated}" / f"seed-{seed}"
        return Trial(bench, annotated, seed, folder)


@dataclass(frozen=True)
class Task:
    """One strategy, or all arms at one number of annotations, with one seed."""

    study: Study
    seed: int
    strategy: str = ""
    annotated: int = 0

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.strategy or f'arms at {self.annotated} annotations'}"

    def run(self) -> str:
        """Find what is not known yet; returns a line about it."""
        if self.strategy:
            accuracies = self.study.acquisition(self.seed).accuracies(self.strategy)
            told = ", ".join(f"{accuracy:.1%}" for accuracy in accuracies)
        else:
            arms = self.study.mixing(self.annotated, self.seed).accuracies()
            told = ", ".join(f"{name} {accuracy:.1%}" for name, accuracy in arms.items())
        return f"{self}: {told}"


@functools.cache
def dataset_of(name: str) -> Dataset:
    """Raises `RuntimeError` where it cannot be had."""
    if name == "digits":
        return digits()
    return garments()
