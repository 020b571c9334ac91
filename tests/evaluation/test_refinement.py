"""The report of a turn of refinement: both models before and after."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.evaluation.comparison import Interval
from apps.evaluation.measures import Measure
from apps.evaluation.models import EvaluationRun, Metric
from apps.evaluation.refinement import NOTHING_TOLD, Change, refinement_reports
from apps.projects.models import Project
from apps.training.models import Checkpoint, RefinementTurn
from tests.factories import CheckpointFactory

pytestmark = pytest.mark.django_db


def change(name: str, before: float, after: float, half: float = 0.1) -> Change:
    """A figure whose intervals reach `half` to either side."""
    around = [Interval(value, value - half, value + half) for value in (before, after)]
    return Change(Measure(name, name, ""), *around)


def classifier(project: Project, number: int) -> Checkpoint:
    checkpoint = CheckpointFactory(project=project)
    checkpoint.training_run.round_number = number
    checkpoint.training_run.save()
    return checkpoint


def measured(checkpoint: Checkpoint, accuracy: float, images: str, count: int = 200) -> None:
    run = EvaluationRun.objects.create(
        project=checkpoint.project,
        checkpoint=checkpoint,
        split="select",
        image_count=count,
        images_sha256=images * 64,
        predictions=b"",
        targets=b"",
    )
    low, high = accuracy - 0.05, accuracy + 0.05
    Metric.objects.create(evaluation_run=run, name="accuracy", value=accuracy, low=low, high=high)


def side(generator: Checkpoint, coverage: float, **more: Any) -> dict[str, Any]:
    figure = {"value": coverage, "low": coverage - 0.05, "high": coverage + 0.05}
    return {
        "generator": generator.pk,
        "image_count": 300,
        "figures": {"coverage": figure},
        "refusals": {"fid": "Too few images.", **more},
    }


def turn_of(project: Project, *, reported: bool = True) -> RefinementTurn:
    """Turn 1, in round 2, whose generator covers more than the one before."""
    before, after = (CheckpointFactory(project=project, kind="generator") for _ in range(2))
    report = {
        "network": "classifier of round 2 (sha ab)",
        "split": "guidance",
        "seed": 7,
        "before": side(before, 0.4),
        "after": side(after, 0.6),
    }
    return RefinementTurn.objects.create(
        project=project,
        number=1,
        round_number=2,
        classifier=classifier(project, 2),
        generator_before=before,
        training_run=after.training_run,
        confidence=0.8,
        offered=50,
        rows=[["a" * 64, 0], ["b" * 64, 1]],
        fed_rows=[["a" * 64, 0]],
        report=report if reported else {},
    )


def test_a_verdict_is_given_only_where_intervals_are_apart() -> None:
    assert change("coverage", 0.4, 0.5).verdict == NOTHING_TOLD
    assert change("coverage", 0.4, 0.7).verdict == "better"
    assert change("accuracy", 0.7, 0.4).verdict == "worse"
    assert change("kid", 0.7, 0.4).verdict == "better"
    assert change("kid", 0.4, 0.7).verdict == "worse"
    assert change("density", 0.7, 1.4).verdict == "higher"
    assert change("density", 1.4, 0.7).verdict == "lower"
    assert Change(Measure("kid", "", ""), None, Interval(1, 0, 2)).verdict == ""


def test_classifiers_are_compared_on_the_same_images_where_they_can_be(project: Project) -> None:
    turn = turn_of(project)
    (report,) = refinement_reports(project, [turn])
    assert (report.classifier.after, report.classifier.change.after) == (None, None)

    after = classifier(project, 3)
    measured(turn.classifier, 0.6, "1")
    measured(after, 0.8, "2", count=240)
    (report,) = refinement_reports(project, [turn])
    assert not report.classifier.same_images
    assert report.classifier.image_counts == (200, 240)
    assert report.classifier.change.verdict == "better"

    measured(after, 0.62, "1")
    measured(turn.classifier, 0.9, "3")
    (report,) = refinement_reports(project, [turn])
    assert report.classifier.same_images
    assert report.classifier.image_counts == (200, 200)
    assert report.classifier.change.verdict == NOTHING_TOLD


def test_the_page_and_the_api_tell_what_a_turn_changed(
    pages: Client, api: APIClient, project: Project
) -> None:
    turn = turn_of(project)
    measured(turn.classifier, 0.6, "1")
    text = pages.get(f"/projects/{project.slug}/generators/refinement/").content.decode()
    assert "people had accepted 50 synthetic images, the classifier agreed with 2" in text
    assert "the generator learnt from 1" in text
    assert "35.0% to 45.0%" not in text
    assert "0.35 to 0.45" in text
    assert "55.0% to 65.0%" in text
    assert "beside 300 real images of guidance" in text
    assert "not trained yet: the next round" in text
    assert "Too few images" not in text

    (told,) = api.get(f"/api/v1/projects/{project.slug}/refinement/").json()["results"]
    assert (told["offered"], told["agreed"], told["fed_back"]) == (50, 2, 1)
    (figure,) = told["generator"]["figures"]
    assert (figure["name"], figure["verdict"]) == ("coverage", "better")
    assert told["generator"]["image_count"] == 300
    assert told["classifier"]["after"] is None
    assert told["classifier"]["accuracy"]["before"]["value"] == 0.6


def test_a_turn_that_was_not_measured_says_why(pages: Client, project: Project) -> None:
    turn = turn_of(project, reported=False)
    address = f"/projects/{project.slug}/generators/refinement/"
    assert "not measured yet" in pages.get(address).content.decode()
    few = "A generator is measured on at least 20 real and as many synthetic images; there are 9."
    sides = {name: {**side(turn.generator_before, 0, all=few), "figures": {}} for name in
             ("before", "after")}  # fmt: skip
    turn.report = {"network": "a classifier", "split": "guidance", "seed": 1, **sides}
    turn.save()
    assert pages.get(address).content.decode().count(few) == 1


def test_a_project_without_turns_is_told_what_refinement_is(
    pages: Client, project: Project
) -> None:
    text = pages.get(f"/projects/{project.slug}/generators/refinement/").content.decode()
    assert "No generator has been refined yet" in text
    assert f'href="/projects/{project.slug}/settings/"' in text
    compare = pages.get(f"/projects/{project.slug}/generators/").content.decode()
    assert f'href="/projects/{project.slug}/generators/refinement/"' in compare
