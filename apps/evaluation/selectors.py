"""Reading what checkpoints got right."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from apps.evaluation.models import EvaluationRun, Metric
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun

ANSWERS = ("evaluation_run__predictions", "evaluation_run__targets")
"""Of a whole split, which a list of figures would read again for every figure."""


def metric_list(project: Project) -> QuerySet[Metric]:
    """The project's metrics, newest first, each with its run, checkpoint and class."""
    return (
        Metric.objects.filter(evaluation_run__project=project)
        .select_related("evaluation_run__checkpoint__training_run", "annotation_class")
        .defer(*ANSWERS)
        .order_by("-id")
    )


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """One evaluation with its figures by name, and its recall by class."""

    run: EvaluationRun
    figures: dict[str, Metric]
    classes: list[Metric] = field(default_factory=list)


def evaluation_reports(checkpoint: Checkpoint) -> list[EvaluationReport]:
    """Everything that a classifier's checkpoint was measured on, by split."""
    runs = checkpoint.evaluation_runs.filter(generation_run=None).order_by("split", "-id")
    return [evaluation_report(run) for run in runs]


def evaluation_report(run: EvaluationRun) -> EvaluationReport:
    """One evaluation's figures."""
    metrics = list(run.metrics.select_related("annotation_class").order_by("id"))
    return EvaluationReport(
        run,
        {metric.name: metric for metric in metrics if metric.annotation_class is None},
        sorted(
            (metric for metric in metrics if metric.annotation_class),
            key=lambda metric: metric.annotation_class.position,  # type: ignore[union-attr]
        ),
    )


def accuracies(training_runs: list[TrainingRun], split: str) -> dict[int, Metric]:
    """The accuracy on a split of each of these runs that was measured on it, by the run's id."""
    metrics = Metric.objects.filter(
        name="accuracy",
        annotation_class=None,
        evaluation_run__split=split,
        evaluation_run__checkpoint__training_run__in=training_runs,
    ).select_related("evaluation_run__checkpoint")
    metrics = metrics.defer(*ANSWERS)
    return {
        metric.evaluation_run.checkpoint.training_run_id: metric
        for metric in metrics.order_by("id")
    }
