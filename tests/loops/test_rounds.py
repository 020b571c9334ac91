"""A round, from training to decision, on real images, jobs and reviews."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.generation.models import SyntheticImage
from apps.images.models import Image
from apps.loops.models import Loop, Round
from apps.loops.services import loop_pause, loop_start
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.training.models import Checkpoint, TrainingRun
from tests.loops.driving import answer_all, drive, project_fill, quick_loop

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_loop_closes_twice_and_its_second_round_trains_on_the_firsts_mix(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)

    first = drive(loop, Round.Step.REVIEW)
    asked = ReviewTask.objects.filter(project=project)
    assert asked.filter(kind="annotate").count() == 9
    assert asked.filter(kind="annotate", reason="random (control)").count() == 2
    assert asked.filter(kind="validate").count() == SyntheticImage.objects.count() > 0
    answer_all(project, manager)
    second = drive(loop, Round.Step.TRAIN)

    first.refresh_from_db()
    assert first.step == Round.Step.DONE
    assert {arm.ratio for arm in first.arms.all()} >= {0.0}
    assert all(arm.accuracy is not None for arm in first.arms.all())
    assert first.decisions.count() == 1
    assert first.summary["annotated"] == 39
    assert first.summary["split"] == "select"
    assert first.mix.mix_images.count() == first.mix.real_count + first.mix.synthetic_count

    answer_all(project, manager)
    second = drive(loop, Round.Step.REVIEW)
    run = TrainingRun.objects.get(round_number=2, purpose="deployed")
    assert len(run.training_set.rows) == first.mix.mix_images.count()
    assert TrainingRun.objects.get(round_number=2, kind="generator").warm_start == first.generator
    assert second.number == 2


def test_select_and_test_are_never_trained_on(project: Project, manager: User) -> None:
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.REVIEW)
    answer_all(project, manager)
    drive(loop, Round.Step.TRAIN)
    sealed = set(
        Image.objects.filter(project=project, split__in=["select", "test", "guidance"]).values_list(
            "sha256", flat=True
        )
    )
    for run in TrainingRun.objects.all():
        assert not sealed & {sha256 for sha256, _ in run.training_set.rows}


def test_a_round_restarted_at_any_step_asks_for_nothing_twice(
    project: Project, manager: User
) -> None:
    """Each step is entered again from the start, as by a conductor that died before it wrote."""
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    before = (
        project.jobs.count(),
        TrainingRun.objects.count(),
        Checkpoint.objects.count(),
        ReviewTask.objects.count(),
        SyntheticImage.objects.count(),
    )
    Round.objects.filter(pk=round_.pk).update(step=Round.Step.TRAIN)
    drive(loop, Round.Step.REVIEW)
    after = (
        project.jobs.count(),
        TrainingRun.objects.count(),
        Checkpoint.objects.count(),
        ReviewTask.objects.count(),
        SyntheticImage.objects.count(),
    )
    assert after == before


def test_a_failed_job_pauses_the_loop_with_its_sentence_and_starting_tries_again(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project, classifier="timm:no_such_network")
    loop_start(loop=loop, actor=manager)
    with pytest.raises(AssertionError, match="no_such_network"):
        drive(loop, Round.Step.SCORE)
    loop.refresh_from_db()
    assert loop.status == Loop.Status.PAUSED
    assert "Start the loop again to retry" in loop.status_reason
    run = TrainingRun.objects.get()
    run.config["network"] = "small_cnn"
    run.save()
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.SCORE)


def test_a_paused_loop_begins_no_step(project: Project, manager: User) -> None:
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.SCORE)
    loop_pause(loop=loop, actor=manager)
    with pytest.raises(AssertionError):
        drive(loop, Round.Step.SELECT, turns=2)
