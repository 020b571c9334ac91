"""All measures of a generator together, over all images and class by class."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.frechet import FidRefusedError, fid
from ml_engine.measures.inception_score import inception_score
from ml_engine.measures.intervals import Estimate
from ml_engine.measures.kernel import kid
from ml_engine.measures.memorisation import memorisation
from ml_engine.measures.neighbourhoods import neighbourhoods
from ml_engine.measures.two_samples import two_sample_auc
from ml_engine.measures.variety import pairwise_diversity
from ml_engine.neighbours import Features

FEWEST = 20
"""Images a side below which nothing is measured."""
FEWEST_OF_CLASS = 50
"""Images of a class a side below which the class is not measured."""


@dataclass(frozen=True)
class Side:
    """Images as one feature network sees them."""

    features: Features
    """(N, D)."""
    classes: NDArray[np.int64]
    """(N,)."""


@dataclass(frozen=True)
class MeasureReport:
    """Figures by name, and a sentence for each that is not shown."""

    figures: dict[str, Estimate] = field(default_factory=dict)
    classes: dict[int, dict[str, Estimate]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    """By measure."""
    refused_classes: dict[int, dict[str, str]] = field(default_factory=dict)
    """By class and measure; under "all" where the class has too few images for any."""


def measure(
    real: Side,
    fake: Side,
    training: Side,
    *,
    fake_probabilities: NDArray[np.floating] | None,
    seed: int,
) -> MeasureReport:
    """Compare fakes with real images that no generator has seen, and with those it learnt from.

    `fake_probabilities` (M, K) are what the feature network's classifier says of the fakes, None
    where it has none: then there is no Inception Score. Raises `ValueError` where a side has fewer
    than 20 images.
    """
    fewest = min(len(real.features), len(fake.features))
    if fewest < FEWEST:
        raise ValueError(
            f"A generator is measured on at least {FEWEST} real and as many synthetic images; "
            f"there are {fewest}."
        )
    figures, refusals = _measured(real.features, fake.features, training.features, seed)
    if fake_probabilities is not None:
        figures["inception_score"] = inception_score(fake_probabilities)
    report = MeasureReport(figures=figures, refusals=refusals)
    for c in np.union1d(real.classes, fake.classes):
        _measure_class(
            report, int(c), [_of_class(side, c) for side in (real, fake, training)], seed
        )
    return report


def _measured(
    real: Features, fake: Features, training: Features, seed: int
) -> tuple[dict[str, Estimate], dict[str, str]]:
    around = neighbourhoods(real, fake)
    figures = {
        "kid": kid(real, fake),
        "precision": around.precision,
        "recall": around.recall,
        "density": around.density,
        "coverage": around.coverage,
        "two_sample_auc": two_sample_auc(real, fake, seed=seed),
    }
    refusals: dict[str, str] = {}
    try:
        found = fid(real, fake, seed=seed)
        figures["fid"] = found.unbiased
    except FidRefusedError as refusal:
        refusals["fid"] = str(refusal)
    try:
        figures["pairwise_diversity"] = pairwise_diversity(real, fake)
    except ValueError as refusal:
        refusals["pairwise_diversity"] = str(refusal)
    if len(training) >= FEWEST:
        copied = memorisation(training, real, fake)
        figures["memorisation"] = copied.nearer_than_unseen
        figures["near_copies"] = copied.near_copies
    else:
        refusals["memorisation"] = (
            f"Memorisation needs at least {FEWEST} training images; there are {len(training)}."
        )
    return figures, refusals


def _of_class(side: Side, c: int) -> Features:
    return np.asarray(side.features[side.classes == c])


def _measure_class(report: MeasureReport, c: int, sides: list[Features], seed: int) -> None:
    real, fake, training = sides
    if min(len(real), len(fake)) < FEWEST_OF_CLASS:
        report.refused_classes[c] = {
            "all": f"too few: {len(real)} real and {len(fake)} synthetic images, "
            f"at least {FEWEST_OF_CLASS} of each are needed"
        }
        return
    report.classes[c], report.refused_classes[c] = _measured(real, fake, training, seed)
