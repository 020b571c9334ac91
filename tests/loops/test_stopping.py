"""When annotating is not worth people's time any more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.loops.models import Loop, Round
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_get_or_create
from apps.loops.stopping import equal_minutes_sentence, forecast_sentence
from apps.projects.models import Project

pytestmark = pytest.mark.django_db
FORECAST = {"annotations": 60, "after": 500, "gain": {"value": 0.004, "low": 0.001, "high": 0.009}}
WORDS = "The next 60 annotations, about 9 minutes, are expected to bring 0.4 points (0.1 to 0.9)."


def done(project: Project, **summary: Any) -> Round:
    known: dict[str, Any] = {"forecast": FORECAST, "forecast_cost": {"minutes": 9.0}}
    return Round.objects.create(
        project=project,
        number=1,
        seed=0,
        settings={},
        step="done",
        finished_at=timezone.now(),
        summary=known | summary,
    )


def running(project: Project, floor: float) -> Loop:
    loop = loop_get_or_create(project)
    loop.status, loop.least_gain_per_minute = Loop.Status.RUNNING, floor
    loop.save()
    return loop


def test_the_loop_stops_where_even_the_upper_bound_is_less_than_a_minute_must_bring(
    project: Project, manager: User
) -> None:
    done(project)
    loop = running(project, floor=0.2)  # 0.9 points in 9 minutes are 0.1 a minute
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert loop.status == Loop.Status.PAUSED
    assert loop.status_reason.startswith(f"{WORDS} That is 0.1 points a minute at most")
    assert loop.status_reason.endswith("in the loop's settings.")
    assert not Round.objects.filter(project=project, number=2).exists()


@pytest.mark.parametrize(
    ("floor", "summary"),
    [(0.0, {}), (0.05, {}), (9.0, {"forecast_cost": {}}), (9.0, {"forecast": {"refusal": "…"}})],
    ids=["no floor", "worth it", "no times", "no forecast"],
)
def test_it_goes_on_otherwise(project: Project, floor: float, summary: dict[str, Any]) -> None:
    done(project, **summary)
    loop = running(project, floor)
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert "points a minute" not in loop.status_reason


def test_it_is_told_in_words_with_and_without_times(project: Project) -> None:
    round_ = done(project)
    assert forecast_sentence(round_) == WORDS
    round_.summary["forecast_cost"] = {}
    assert "annotations are expected to bring 0.4 points" in forecast_sentence(round_)
    assert forecast_sentence(None) == ""
    spent = {"minutes": 3.2, "annotations": 21.3, "gain": FORECAST["gain"]}
    assert equal_minutes_sentence({"equal_minutes": spent}, 0.01) == (
        "The 3 minutes spent on judging the batch would have bought about 21 annotations of real"
        " images, expected to bring 0.4 points (0.1 to 0.9). The batch brought +1.0 points on test."
    )
    assert equal_minutes_sentence({}, 0.01) == ""


def test_the_overview_tells_it(pages: Client, project: Project) -> None:
    figures = {"accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}}
    done(
        project, annotated=500, ratio=0, split="select", seeds=[1], image_count=9,
        real_only=figures, mixed=figures,
    )  # fmt: skip
    assert WORDS in pages.get(f"/projects/{project.slug}/").content.decode()
