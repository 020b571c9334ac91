"""A generator's measures as a page shows them: in order, named, and with what each means."""

from __future__ import annotations

from dataclasses import dataclass

from apps.evaluation.models import EvaluationRun, Metric
from apps.training.models import Checkpoint


@dataclass(frozen=True, slots=True)
class Measure:
    """What a measure is called and what it means, in a phrase."""

    name: str
    word: str
    meaning: str
    decimals: int = 2


MEASURES = (
    Measure("fid", "FID∞", "distance from real images, corrected for few images; 0 is best", 4),
    Measure("kid", "KID", "distance from real images; about 0 where alike", 5),
    Measure(
        "inception_score", "Inception Score", "sure classes, all of them; looks at no real image"
    ),
    Measure("precision", "Precision", "share of fakes that could be real"),
    Measure("recall", "Recall", "share of real images that could be fakes"),
    Measure("density", "Density", "about 1 where fakes lie as densely as real images"),
    Measure("coverage", "Coverage", "share of real images with a fake close by"),
    Measure(
        "two_sample_auc",
        "Told apart",
        "how well a classifier tells real from fake; 0.5 is guessing",
    ),
    Measure("pairwise_diversity", "Variety", "distance between fakes ÷ between real images"),
    Measure(
        "memorisation", "Memorised", "nearer to training images than unseen ones are; 0.5 is honest"
    ),
    Measure(
        "near_copies", "Near copies", "share of fakes next to a training image; 0.01 is honest", 3
    ),
)
BY_CLASS = tuple(
    measure
    for measure in MEASURES
    if measure.name
    in {"kid", "precision", "recall", "density", "coverage", "two_sample_auc", "memorisation"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure with its figure, or why there is none."""

    measure: Measure
    metric: Metric | None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class with a figure for each of `BY_CLASS`, or why there is none."""

    name: str
    rows: list[Row]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """A generator's measures on the features of one network."""

    run: EvaluationRun
    rows: list[Row]
    classes: list[ClassRow]
    refusal: str = ""
    """Why nothing was measured."""


def measure_tables(checkpoint: Checkpoint) -> dict[int, list[MeasureTable]]:
    """A generator's measures by the batch with which they were taken (its id)."""
    tables: dict[int, list[MeasureTable]] = {}
    runs = checkpoint.evaluation_runs.exclude(generation_run=None).order_by("id")
    for run in runs.prefetch_related("metrics__annotation_class"):
        tables.setdefault(run.generation_run_id or 0, []).append(_table(run))
    return tables


def _table(run: EvaluationRun) -> MeasureTable:
    by_class: dict[str, dict[str, Metric]] = {}
    positions: dict[str, int] = {}
    for metric in run.metrics.all():
        name = metric.annotation_class.name if metric.annotation_class else ""
        by_class.setdefault(name, {})[metric.name] = metric
        if metric.annotation_class:
            positions[name] = metric.annotation_class.position
    overall = run.refusals.get("", {})
    figures = by_class.pop("", {})
    refused = {name: why["all"] for name, why in run.refusals.items() if name and "all" in why}
    classes = [
        ClassRow(name, [Row(measure, by_class[name].get(measure.name)) for measure in BY_CLASS])
        for name in sorted(by_class, key=lambda name: positions[name])
    ]
    classes += [ClassRow(name, [], why) for name, why in refused.items()]
    rows = [
        Row(measure, figures.get(measure.name), overall.get(measure.name, ""))
        for measure in MEASURES
        if measure.name in figures or measure.name in overall
    ]
    return MeasureTable(run, rows, classes, overall.get("all", ""))
