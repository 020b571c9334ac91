"""Which synthetic images a generator learns from in a turn, and what is kept of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db.models import RestrictedError
from django.test import Client

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import Claim, Fenced, job_claim
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.training.learning import accepted_synthetic_rows, refinement_draw
from apps.training.models import RefinementTurn, TrainingRun
from apps.training.refinement import (
    refinement_report_record,
    refinement_turn_record,
    refinement_turn_train,
    turns_behind,
    turns_fed_with,
)
from apps.training.services import generator_train
from ml_engine.config import generator_config
from tests.factories import CheckpointFactory, ImageFactory, JobFactory, SyntheticImageFactory
from tests.review.batches import batch_make, look

pytestmark = pytest.mark.django_db


def claim_of(project: Project) -> Claim:
    """A worker's hold on a job of the project."""
    claim = job_claim(job_id=JobFactory(project=project).pk, worker="a worker")
    assert claim is not None
    return claim


def turn_values(project: Project, **values: Any) -> dict[str, Any]:
    """What a turn of round 2 is written with."""
    return {
        "claim": claim_of(project),
        "project": project,
        "round_number": 2,
        "classifier": CheckpointFactory(project=project),
        "generator_before": CheckpointFactory(project=project, kind="generator"),
        "confidence": 0.8,
        "offered": 3,
        "rows": [("b" * 64, 1), ("a" * 64, 0)],
        **values,
    }


def train(project: Project, rows: list[tuple[str, int]], key: str = "train") -> TrainingRun:
    return generator_train(
        project=project,
        config=generator_config("pca"),
        seed=0,
        rows=rows,
        title="Train",
        key=key,
        round_number=2,
    )


def test_only_what_people_looked_at_and_found_right_is_offered(
    project: Project, manager: User
) -> None:
    batch = batch_make(project, boot=2, coat=2)
    look(batch, manager, ["right", "artefact", "right"])
    unseen = ReviewTask.objects.get(batch=batch.pk, status="open").image
    batch.admitted = True
    batch.save()
    Image.objects.filter(pk=unseen.pk).update(
        status="accepted", annotation_class=project.annotation_classes.get(name="coat")
    )
    ImageFactory(
        project=project,
        split="train",
        status="accepted",
        annotation_class=project.annotation_classes.get(name="boot"),
    )
    accepted = ReviewTask.objects.filter(batch=batch.pk, judgements__verdict="right")
    rows = sorted((task.image.sha256, task.expected_class.position) for task in accepted)
    assert len(rows) == 2
    assert accepted_synthetic_rows(project) == rows


def test_synthetic_images_never_outnumber_a_class_s_real_ones() -> None:
    real = [(f"real {number}", number % 2) for number in range(5)]  # three of 0, two of 1
    agreed = [(f"synthetic {number}", number % 3) for number in range(30)]
    drawn = refinement_draw(real, agreed, seed=1)
    assert Counter(position for _, position in drawn) == {0: 3, 1: 2}
    assert set(drawn) < set(agreed)
    assert refinement_draw(real, agreed[::-1], seed=1) == drawn
    assert refinement_draw(real, agreed, seed=2) != drawn
    assert refinement_draw(real, agreed[:2], seed=1) == agreed[:2]


def test_a_turn_is_written_once_and_never_without_images(project: Project) -> None:
    values = turn_values(project)
    turn = refinement_turn_record(**values)
    assert turn is not None
    assert (turn.number, turn.agreed) == (1, [("a" * 64, 0), ("b" * 64, 1)])
    again = refinement_turn_record(**{**values, "rows": [("c" * 64, 2)]})
    assert again == turn
    assert again.agreed == turn.agreed
    assert refinement_turn_record(**{**values, "round_number": 3, "rows": []}) is None
    following = refinement_turn_record(**{**values, "round_number": 4})
    assert following is not None
    assert following.number == 2


def test_a_turn_that_comes_too_late_is_none(project: Project) -> None:
    train(project, [("d" * 64, 0)])
    assert refinement_turn_record(**turn_values(project)) is None
    assert not RefinementTurn.objects.exists()


def test_an_attempt_that_lost_its_job_writes_nothing(project: Project) -> None:
    values = turn_values(project)
    turn = refinement_turn_record(**values)
    assert turn is not None
    Job.objects.update(attempt=9)
    with pytest.raises(Fenced):
        refinement_turn_record(**{**values, "round_number": 3})
    with pytest.raises(Fenced):
        refinement_report_record(claim=values["claim"], turn=turn, report={"seed": 1})
    turn.refresh_from_db()
    assert turn.report == {}


def test_a_generator_s_page_and_its_images_tell_of_the_turn(
    pages: Client, project: Project
) -> None:
    fed = SyntheticImageFactory(project=project).image
    other = SyntheticImageFactory(project=project).image
    real = ImageFactory(project=project, split="train")
    turn = refinement_turn_record(**turn_values(project, rows=[(fed.sha256, 0), (other.sha256, 0)]))
    assert turn is not None
    run = train(project, [(real.sha256, 0), (fed.sha256, 0)])
    refinement_turn_train(turn=turn, training_run=run, rows=[(fed.sha256, 0)])
    assert (run.manifest["real"], run.manifest["synthetic"]) == (1, 1)
    assert turns_fed_with(fed) == [turn]
    assert turns_fed_with(other) == []

    refinement_turn_train(turn=turn, training_run=train(project, [], key="later"), rows=[])
    turn.refresh_from_db()
    assert (turn.training_run, turn.fed_rows) == (run, [[fed.sha256, 0]])

    page = pages.get(f"/projects/{project.slug}/models/{run.pk}/").content.decode()
    assert "1 synthetic image</a> that people accepted" in page
    assert "classifier of round 2</a> agreed with" in page
    address = f"/projects/{project.slug}/images/{{}}/lineage/"
    assert "in turn 1 of refinement" in pages.get(address.format(fed.pk)).content.decode()
    assert "refinement" not in pages.get(address.format(other.pk)).content.decode()


def test_a_generator_that_began_from_a_refined_one_says_so(pages: Client, project: Project) -> None:
    refined = CheckpointFactory(project=project, kind="generator")
    turn = refinement_turn_record(**turn_values(project))
    assert turn is not None
    refinement_turn_train(turn=turn, training_run=refined.training_run, rows=turn.agreed)
    last = refined
    for _ in range(2):
        following = CheckpointFactory(project=project, kind="generator")
        following.training_run.warm_start = last
        following.training_run.save()
        last = following
    assert turns_behind(last.training_run) == [turn]
    assert turns_behind(refined.training_run) == []
    page = pages.get(f"/projects/{project.slug}/models/{last.training_run_id}/").content.decode()
    assert "which had learnt from synthetic images in" in page


def test_what_a_turn_names_stays_as_long_as_its_project(project: Project) -> None:
    turn = refinement_turn_record(**turn_values(project))
    assert turn is not None
    with pytest.raises(RestrictedError):
        turn.generator_before.delete()
    with pytest.raises(RestrictedError):
        turn.classifier.training_run.delete()
    project.delete()
    assert not RefinementTurn.objects.exists()
