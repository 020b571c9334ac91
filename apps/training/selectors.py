"""Reading training runs, their curves and checkpoints."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun

MOST_CURVE_POINTS = 600
"""More than a chart has pixels for; beyond it, points are left out evenly."""


def training_run_list(project: Project, purpose: str = "") -> QuerySet[TrainingRun]:
    """The project's training runs, newest first; all, or those of one purpose."""
    runs = TrainingRun.objects.filter(project=project).select_related("job", "checkpoint")
    return (runs.filter(purpose=purpose) if purpose else runs).order_by("-id")


def training_run_get(project: Project, run_id: int) -> TrainingRun:
    """One of the project's runs. Raises Http404."""
    runs = TrainingRun.objects.select_related(
        "job", "checkpoint", "warm_start", "refinement_turn__classifier__training_run"
    )
    return get_object_or_404(runs, project=project, pk=run_id)


def checkpoint_list(project: Project) -> QuerySet[Checkpoint]:
    """The project's checkpoints, newest first."""
    return Checkpoint.objects.filter(project=project).select_related("training_run").order_by("-id")


def curve(training_run: TrainingRun) -> dict[str, Any]:
    """A run's curve by column: `steps`, and by series a value or None for each of them."""
    points = list(training_run.curve.order_by("step").values_list("step", "values"))
    every = max(1, -(-len(points) // MOST_CURVE_POINTS))
    kept = points[::-1][::every][::-1]
    names = sorted({name for _, values in kept for name in values})
    return {
        "steps": [step for step, _ in kept],
        "series": {name: [values.get(name) for _, values in kept] for name in names},
    }
