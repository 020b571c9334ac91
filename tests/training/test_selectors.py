"""Reading curves."""

from __future__ import annotations

from apps.projects.models import Project
from apps.training.models import CurvePoint, TrainingRun
from apps.training.selectors import MOST_CURVE_POINTS, curve


def training_run(project: Project) -> TrainingRun:
    return TrainingRun.objects.create(
        project=project, kind="generator", family="gan", purpose="generator", config={}, seed=1
    )


def test_a_series_that_began_late_has_no_values_before(project: Project) -> None:
    run = training_run(project)
    for step, values in ((20, {"loss": 1.0, "accuracy": 0.5}), (10, {"loss": 2.0})):
        CurvePoint.objects.create(training_run=run, step=step, values=values)
    assert curve(run) == {
        "steps": [10, 20],
        "series": {"accuracy": [None, 0.5], "loss": [2.0, 1.0]},
    }


def test_a_long_curve_is_thinned_and_keeps_its_last_point(project: Project) -> None:
    run = training_run(project)
    CurvePoint.objects.bulk_create(
        CurvePoint(training_run=run, step=step, values={"loss": 1.0}) for step in range(1, 2003)
    )
    steps = curve(run)["steps"]
    assert len(steps) <= MOST_CURVE_POINTS
    assert steps[-1] == 2002
