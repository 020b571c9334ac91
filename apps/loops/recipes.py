"""Which images a mix holds: all real ones, and synthetic ones up to a ratio.

A mix is a function of a version of the dataset and a recipe: whoever has the version's
manifest, in whatever database, draws the same images with the same classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.datasets.manifest import Entry
from apps.images.models import Image
from apps.images.splits.drawing import draw
from apps.projects.models import Project
from apps.training.learning import annotated_rows


@dataclass(frozen=True, slots=True, order=True)
class MixRow:
    """An image of a mix and the position of its class."""

    sha256: str
    position: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a mix is drawn from what may be mixed."""

    ratio: float
    """Synthetic ÷ real, as it was asked for; there may be too few synthetic images to reach it."""
    most_per_real: float
    """Synthetic ÷ real of each class, at most."""
    seed: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be mixed, in the order of the hashes."""

    real: Sequence[MixRow]
    synthetic: Sequence[MixRow]


def candidates(classes: Sequence[str], entries: Iterable[Entry]) -> Candidates:
    """The images of a version that may be mixed: its training split.

    A version holds of synthetic images those that people accepted, and unseen ones of batches
    that an audit let in but for the classes that it kept out; so the recipe need not say which.
    """
    positions = {name: position for position, name in enumerate(classes)}
    real: list[MixRow] = []
    synthetic: list[MixRow] = []
    for entry in entries:
        if entry.split == Image.Split.TRAIN:
            rows = real if entry.origin == Image.Origin.REAL else synthetic
            rows.append(MixRow(entry.sha256, positions[entry.annotation_class]))
    return Candidates(real, synthetic)


def mixed(found: Candidates, recipe: Recipe) -> list[MixRow]:
    """The mix, in the order of its hashes."""
    drawn = synthetic_draw(
        found.real,
        found.synthetic,
        ratio=recipe.ratio,
        most_per_real=recipe.most_per_real,
        seed=recipe.seed,
    )
    return sorted([*found.real, *drawn])


def real_rows(project: Project) -> list[MixRow]:
    """Every annotated real image that may be trained on, as it is now."""
    return [MixRow(*row) for row in annotated_rows(project)]


def synthetic_draw(
    real: Sequence[MixRow],
    synthetic: Sequence[MixRow],
    *,
    ratio: float,
    most_per_real: float,
    seed: int,
) -> list[MixRow]:
    """Up to `ratio` · len(real) synthetic rows in the seed's order, each class up to its cap.

    A smaller ratio's draw is the beginning of a larger one's, so arms differ in
    nothing but what the ratio adds. Fewer come back where fewer may be used.
    """
    wanted = round(ratio * len(real))
    room = Counter(
        {
            position: int(count * most_per_real)
            for position, count in Counter(row.position for row in real).items()
        }
    )
    drawn: list[MixRow] = []
    for row in sorted(synthetic, key=lambda row: draw(seed, row.sha256)):
        if len(drawn) == wanted:
            break
        if room[row.position] > 0:
            room[row.position] -= 1
            drawn.append(row)
    return drawn
