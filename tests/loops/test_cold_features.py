"""Typical images are told by features that were learnt without annotations."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Job
from apps.loops.cold_features import features_await
from apps.loops.models import Loop, Round
from apps.loops.services import loop_start, round_begin
from apps.projects.models import Project
from apps.training.models import Checkpoint
from ml_engine.self_supervision import load_features
from ml_engine.worker.packing import engine_path
from tests.factories import ImageFactory
from tests.loops.driving import drive, project_fill, quick_loop

pytestmark = pytest.mark.django_db(transaction=True)


def begun(project: Project, manager: User, **settings: object) -> Loop:
    loop = quick_loop(project, cold_features="self_supervised", guard_share=0.0, **settings)
    loop_start(loop=loop, actor=manager)
    return loop


def test_they_are_learnt_once_from_what_may_be_looked_at_and_choose_the_rounds_questions(
    project: Project, manager: User
) -> None:
    project_fill(project)
    round_ = drive(begun(project, manager, cold_per_class=100), Round.Step.SELECT)
    job = Job.objects.get(kind="learn_features")
    learnt_from = Image.objects.filter(split__in=["pool", "train", "guidance"]).count()
    assert job.result["images"] == learnt_from == 120
    assert load_features(engine_path(job.result["folder"])).name.startswith("self-supervised small")
    scoring = Job.objects.get(kind="score")
    assert scoring.payload["features"] == job.result["folder"]
    assert round_.asks_by == "typi_clust"
    # What is stored of each image is what the classifier sees, as in any round.
    assert Checkpoint.objects.get(training_run__purpose="deployed").predictions.count() == 120


def test_a_failure_says_so_and_the_classifiers_own_features_choose(
    project: Project, manager: User
) -> None:
    project_fill(project)
    begun(project, manager, cold_per_class=100)
    round_ = round_begin(loop=Loop.objects.get(project=project))
    assert features_await(round_)
    Job.objects.filter(kind="learn_features").update(status="failed", error="The disk is full.")
    assert not features_await(round_)
    assert round_.safeguards["cold_features"] == (
        "Features could not be learnt without annotations. The disk is full. The classifier's own"
        " chose instead."
    )


@pytest.mark.parametrize(
    "changes",
    [{"cold_per_class": 0}, {"cold_per_class": 100, "cold_features": "classifier"}],
    ids=["another strategy", "not asked for"],
)
def test_nothing_is_learnt_where_no_strategy_takes_them(
    project: Project, manager: User, changes: dict[str, object]
) -> None:
    project_fill(project)
    loop = quick_loop(project, **{"cold_features": "self_supervised", **changes})
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.SELECT)
    assert not Job.objects.filter(kind="learn_features").exists()
    assert Job.objects.get(kind="score").payload["features"] is None


def test_they_are_learnt_again_when_the_images_have_doubled(
    project: Project,
) -> None:
    loop = quick_loop(project, cold_features="self_supervised", cold_per_class=100)
    boot = project.annotation_classes.first()
    ImageFactory.create_batch(
        5, project=project, split="train", status="accepted", annotation_class=boot
    )
    round_ = round_begin(loop=loop)
    for wanted, more in [(1, 1), (1, 4), (2, 0)]:
        assert features_await(round_)
        assert Job.objects.filter(kind="learn_features").count() == wanted
        ImageFactory.create_batch(more, project=project, split="pool")
    first, second = Job.objects.filter(kind="learn_features").order_by("created_at")
    assert first.payload["config"]["steps"] == second.payload["config"]["steps"] == 50
