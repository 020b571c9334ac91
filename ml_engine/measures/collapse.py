"""The alarm where synthetic images are far less varied than real ones, over all or in a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.intervals import share
from ml_engine.measures.neighbourhoods import DENSITY_NEIGHBOUR, balls_entered
from ml_engine.neighbours import Features, mean_pairwise
from ml_engine.randomness import numpy_generator

COVERAGE_FLOOR = 0.3
"""Coverage below this is collapse."""
SPREAD_FLOOR = 0.5
"""Collapse too: fakes of a class lie, on average, less than half as far apart as real ones."""


@dataclass(frozen=True)
class ClassDiversity:
    """Figures of one class; `None` where it has too few images for them."""

    real_count: int
    fake_count: int
    density: float | None
    coverage: float | None
    spread: float | None
    """Mean pairwise distance of the fakes divided by that of the real images."""
    collapsed: bool


@dataclass(frozen=True)
class DiversityReport:
    """Figures over all classes and for each."""

    density: float
    """About 1 where fakes lie as densely among real images as these do; not bounded by 1."""
    coverage: float
    """Share in [0, 1] of real images that have a fake within their k-th neighbour's distance."""
    coverage_low: float
    coverage_high: float
    """Wilson's 95% interval over the real images, the fakes as they are."""
    classes: dict[int, ClassDiversity]
    collapsed: bool
    collapsed_classes: tuple[int, ...]
    reason: str
    """One sentence; empty where nothing collapsed."""


def _balanced(
    real_classes: NDArray[np.int64], fake_classes: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of as many real as fake images of each class that has both.

    Coverage grows with the number of fakes and shrinks with that of real images, so only equal
    numbers can be compared from one measurement to the next.
    """
    draws = numpy_generator(seed, "diversity balance")
    reals, fakes = [], []
    for c in np.intersect1d(real_classes, fake_classes):
        ours, theirs = np.flatnonzero(real_classes == c), np.flatnonzero(fake_classes == c)
        count = min(len(ours), len(theirs))
        reals.append(draws.permutation(ours)[:count])
        fakes.append(draws.permutation(theirs)[:count])
    return np.sort(np.concatenate(reals)), np.sort(np.concatenate(fakes))


def diversity(
    real_features: Features,
    fake_features: Features,
    *,
    real_classes: NDArray[np.int64],
    fake_classes: NDArray[np.int64],
    seed: int,
    class_names: Sequence[str] = (),
) -> DiversityReport:
    """Compare fake (M, D) with real embeddings (N, D), over all and class by class.

    Each class is cut to equal numbers of real and fake images first. The alarm (`collapsed`) is
    set where coverage over all is below 0.3, or a class has a spread ratio below 0.5 or a
    coverage below 0.3. Raises `ValueError` where the two share too few images to compare.
    """
    shared = np.intersect1d(real_classes, fake_classes)
    if len(shared) == 0:
        raise ValueError("Real and synthetic images share no class, so nothing can be compared.")
    ours, theirs = _balanced(real_classes, fake_classes, seed)
    if len(ours) <= DENSITY_NEIGHBOUR:
        raise ValueError(
            f"Diversity needs more than {DENSITY_NEIGHBOUR} images; real and synthetic share fewer."
        )
    real, fake = real_features[ours], fake_features[theirs]
    inside, covered = balls_entered(real, fake, DENSITY_NEIGHBOUR)
    coverage = share(covered)
    classes = {
        int(c): _class_diversity(real[real_classes[ours] == c], fake[fake_classes[theirs] == c])
        for c in shared
    }
    collapsed = tuple(c for c, figures in classes.items() if figures.collapsed)
    return DiversityReport(
        density=float(inside.mean()) / DENSITY_NEIGHBOUR,
        coverage=coverage.value,
        coverage_low=coverage.low,
        coverage_high=coverage.high,
        classes=classes,
        collapsed=coverage.value < COVERAGE_FLOOR or bool(collapsed),
        collapsed_classes=collapsed,
        reason=_reason(coverage.value, classes, collapsed, class_names),
    )


def _class_diversity(real: Features, fake: Features) -> ClassDiversity:
    if len(real) <= DENSITY_NEIGHBOUR:
        return ClassDiversity(len(real), len(fake), None, None, None, collapsed=False)
    inside, covered = balls_entered(real, fake, DENSITY_NEIGHBOUR)
    density = float(inside.mean()) / DENSITY_NEIGHBOUR
    coverage = float(covered.mean())
    among_real = mean_pairwise(real)
    spread = mean_pairwise(fake) / among_real if among_real > 0 else 1.0
    collapsed = coverage < COVERAGE_FLOOR or spread < SPREAD_FLOOR
    return ClassDiversity(len(real), len(fake), density, coverage, spread, collapsed)


def _reason(
    coverage: float,
    classes: dict[int, ClassDiversity],
    collapsed: tuple[int, ...],
    names: Sequence[str],
) -> str:
    if collapsed:
        worst = min(collapsed, key=lambda c: (classes[c].spread or 0.0, classes[c].coverage or 0.0))
        figures, name = classes[worst], names[worst] if names else str(worst)
        return (
            f"{len(collapsed)} of {len(classes)} classes collapsed; in class {name} the synthetic "
            f"images cover {figures.coverage:.0%} of the real ones and lie {figures.spread:.2f} "
            f"times as far apart (alarm below {COVERAGE_FLOOR:.0%} or {SPREAD_FLOOR})."
        )
    if coverage < COVERAGE_FLOOR:
        return (
            f"The synthetic images cover {coverage:.0%} of the real ones "
            f"(alarm below {COVERAGE_FLOOR:.0%})."
        )
    return ""
