"""Measuring a generator beside real images that it has not learnt from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.evaluation.services import Figure, generator_measures_record
from apps.generation.models import GenerationRun
from apps.projects.models import AnnotationClass
from apps.training.models import Checkpoint
from ml_engine.devices import repeatable
from ml_engine.measures.features import TimmFeatures, WeightsFile
from ml_engine.measures.intervals import Estimate
from ml_engine.measures.report import MeasureReport, Side, measure
from ml_engine.worker.beside import Beside
from ml_engine.worker.context import JobContext


@dataclass(frozen=True)
class Seen:
    """Real images, fakes and training images as one feature network sees them."""

    network: str
    """What the network is, for people: figures hold for its features only."""
    real: Side
    fake: Side
    training: Side
    fake_probabilities: NDArray[np.float32] | None

    @classmethod
    def by_classifier(cls, beside: Beside, checkpoint: Checkpoint) -> Self:
        """As the project's own classifier sees them."""
        return cls(
            network=classifier_title(checkpoint),
            real=beside.real,
            fake=beside.fake,
            training=beside.training,
            fake_probabilities=beside.samples.probabilities,
        )


@dataclass(frozen=True)
class Measured:
    """How a generator's fakes compare on the features of one network."""

    network: str
    sample_count: int
    report: MeasureReport


def classifier_title(checkpoint: Checkpoint) -> str:
    """What a project's own classifier is called where it measures."""
    number = checkpoint.training_run.round_number
    of = f"classifier of round {number}" if number else "classifier"
    return f"{of} (sha {checkpoint.sha256[:12]})"


def fixed_network() -> TimmFeatures | None:
    """The feature network that this server's settings name, None where they name none.

    Raises `FeatureNetworkError` where it cannot be used.
    """
    if not settings.FEATURE_NETWORK:
        return None
    return TimmFeatures(
        WeightsFile(
            settings.FEATURE_NETWORK.removeprefix("timm:"),
            Path(settings.FEATURE_WEIGHTS),
            settings.FEATURE_WEIGHTS_SHA256,
        )
    )


def measured(seen: Seen, seed: int) -> Measured:
    """The measures of one network; a report of refusals alone where there are too few images."""
    try:
        with repeatable(threads=1):
            report = measure(
                seen.real,
                seen.fake,
                seen.training,
                fake_probabilities=seen.fake_probabilities,
                seed=seed,
            )
    except ValueError as error:
        report = MeasureReport(refusals={"all": str(error)})
    return Measured(seen.network, len(seen.fake.features), report)


def record(
    context: JobContext,
    run: GenerationRun,
    found: Measured,
    *,
    split: str,
    images: list[str],
    classes: list[AnnotationClass],
) -> None:
    """Keep measures against the real images of these hashes as figures of the generator."""
    report = found.report
    generator_measures_record(
        claim=context.claim,
        generation_run=run,
        features=found.network,
        split=split,
        images=images,
        sample_count=found.sample_count,
        figures=[
            *_figures(report.figures, None),
            *(
                figure
                for position, figures in report.classes.items()
                for figure in _figures(figures, classes[position].pk)
            ),
        ],
        refusals={
            "": report.refusals,
            **{
                classes[position].name: reasons
                for position, reasons in report.refused_classes.items()
                if reasons
            },
        },
    )


def _figures(figures: dict[str, Estimate], class_id: int | None) -> Iterator[Figure]:
    for name, estimate in figures.items():
        yield Figure(name, estimate.value, estimate.low, estimate.high, class_id)
