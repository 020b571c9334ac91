"""A round, from training to decision, on real images, jobs and reviews."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.generation.feedback import feedback_of
from apps.generation.models import GenerationRun, SyntheticImage
from apps.generation.services import generation_enqueue
from apps.images.models import Image
from apps.jobs.models import Job, JobEvent
from apps.loops.audits import batch_audit
from apps.loops.mixes import mix_check
from apps.loops.models import Loop, Round
from apps.loops.rounds import loop_advance, reviews_due
from apps.loops.selection import aim_targets
from apps.loops.services import loop_pause, loop_start, round_begin, round_step_set
from apps.loops.stand_ins import stand_in_sentence
from apps.projects.models import Project
from apps.review.models import ReviewSettings, ReviewTask
from apps.training.models import Checkpoint, TrainingRun
from apps.training.services import rows_sha256
from ml_engine.generators import several
from ml_engine.generators.orders import Order
from ml_engine.generators.training import GeneratorResult
from ml_engine.worker import training
from ml_engine.worker.packing import engine_path
from ml_engine.worker.tasks import run as job_run
from tests.loops.driving import answer_all, drive, project_fill, quick_loop
from tests.review.batches import look

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
    assert mix_check(first.mix).holds
    (measures,) = first.generator.evaluation_runs.all()
    assert measures.features.startswith("classifier of round 1 (sha ")
    assert measures.image_count == measures.sample_count
    assert DatasetVersion.objects.get() == first.mix.version == first.version

    answer_all(project, manager)
    second = drive(loop, Round.Step.REVIEW)
    run = TrainingRun.objects.get(round_number=2, purpose="deployed")
    assert rows_sha256(run.training_set.rows) == first.mix.rows_sha256
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
    loop = quick_loop(project, realism_per_round=4)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    assert ReviewTask.objects.filter(kind="realism").count() == 8
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


def test_a_refused_batch_goes_back_and_the_next_one_learns_from_it(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    refused = round_.generation_run
    look(refused, manager, ["artefact"] * 3)
    loop_advance(loop=loop)
    validate = ReviewTask.objects.filter(batch=refused.pk)
    assert set(validate.values_list("status", flat=True)) == {"done", "withdrawn"}
    assert reviews_due(round_) == {"annotate": 6, "validate": 0}

    batch_audit(generation_run=refused)
    job = generation_enqueue(
        project=project,
        generator=round_.generator,
        classifier=round_.classifier,
        targets=aim_targets(checkpoint=round_.classifier, strategy="margin", keep=10),
        keep=10,
        seed=1,
        title="The next batch",
        key="next",
        feedback=feedback_of(project),
    )
    job_run(str(job.pk))
    following = GenerationRun.objects.latest("pk")
    assert following.parameters["refusals"]["batch"] == refused.pk
    assert following.parameters["refusals"]["verdicts"] == {"artefact": 3}
    assert following.dropped["like_refused"] > 0


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


def test_where_a_generators_training_fails_the_last_good_one_makes_the_batch_if_there_is_one(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    first = drive(loop, Round.Step.GENERATE)
    loop_advance(loop=loop)
    job_run(str(Job.objects.get(key="round:1:generator").pk))
    loop_advance(loop=loop)
    first.refresh_from_db()
    generator = first.generator
    assert generator is not None
    assert stand_in_sentence(first) == ""
    round_step_set(round_=first, step=Round.Step.DONE)
    second = round_begin(loop=loop)
    second.classifier = first.classifier
    round_step_set(round_=second, step=Round.Step.GENERATE)

    def train_from_a_damaged_file() -> Job:
        loop_advance(loop=loop)
        weights = engine_path(generator.folder) / "weights.safetensors"
        kept = weights.read_bytes()
        weights.write_bytes(b"damaged")
        job = Job.objects.get(key="round:2:generator")
        job_run(str(job.pk))
        weights.write_bytes(kept)
        loop_advance(loop=loop)
        for changed in (loop, second, job):
            changed.refresh_from_db()
        assert (job.status, "are damaged" in job.error) == (Job.Status.FAILED, True)
        return job

    generator.metadata["health"]["collapsed"] = True
    generator.save()
    train_from_a_damaged_file()
    assert (second.generator, loop.status) == (None, Loop.Status.PAUSED)
    assert "Start the loop again to retry" in loop.status_reason

    generator.metadata["health"]["collapsed"] = False
    generator.save()
    loop_start(loop=loop, actor=manager)
    job = train_from_a_damaged_file()
    assert (second.generator, loop.status) == (generator, Loop.Status.RUNNING)
    told = "failed, so the batch was made by the last good one, of round 1"
    assert told in loop.status_reason
    assert told in stand_in_sentence(second)
    event = JobEvent.objects.get(project=project, kind="round.generator_kept")
    assert (event.payload["round"], event.payload["from_round"]) == (2, 1)
    making = Job.objects.get(project=project, key="round:2:generate")
    assert making.payload["generator"] == generator.pk
    loop_pause(loop=loop, actor=manager)
    loop_start(loop=loop, actor=manager)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED


def test_a_paused_loop_begins_no_step(project: Project, manager: User) -> None:
    project_fill(project)
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.SCORE)
    loop_pause(loop=loop, actor=manager)
    with pytest.raises(AssertionError):
        drive(loop, Round.Step.SELECT, turns=2)


def test_arms_wait_until_answers_are_weighed_where_the_project_asks_for_it(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project)
    ReviewSettings.objects.create(project=project, truth_method="dawid_skene")
    loop_start(loop=loop, actor=manager)
    round_ = round_begin(loop=loop)
    round_step_set(round_=round_, step=Round.Step.MIX)
    for _ in range(2):
        loop_advance(loop=loop)
        job = Job.objects.get(project=project, kind="judge")
        assert (job.title, round_.arms.count()) == ("Round 1: judge people's answers", 0)
    assert not Job.objects.filter(project=project, kind="freeze_version").exists()
    Job.objects.update(status=Job.Status.SUCCEEDED)
    loop_advance(loop=loop)
    job_run(str(Job.objects.get(project=project, kind="freeze_version").pk))
    loop_advance(loop=loop)
    assert round_.arms.exists()
    assert Job.objects.filter(kind="judge").count() == 1


def test_a_loops_diffusion_is_trained_by_several_processes_with_the_rounds_classifier_beside(
    project: Project, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_fill(project)
    settings = {"width": 4, "batch_size": 32, "sampling_steps": 2}
    loop = quick_loop(project, generator="diffusion", generator_parameters=settings)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.GENERATE)
    loop_advance(loop=loop)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)  # the processes find none
    counts: list[int] = []

    def noted(order: Order, processes: int, **heard: Any) -> GeneratorResult:
        counts.append(processes)
        return several.train_together(order, processes, **heard)

    monkeypatch.setattr(training, "train_together", noted)
    job_run(str(Job.objects.get(project=project, key="round:1:generator").pk))
    run = TrainingRun.objects.get(project=project, kind="generator")
    assert counts == [2]
    assert "loss" in run.curve.last().values
    assert run.checkpoint.metadata["health"]["coverage"] >= 0


def test_a_loops_generator_warms_up_on_the_rounds_classifier(
    project: Project, manager: User
) -> None:
    project_fill(project)
    warm_up = {"warm_up_steps": 15}
    loop = quick_loop(project, generator="conditional_gan", generator_parameters=warm_up)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.GENERATE)
    loop_advance(loop=loop)
    job_run(str(Job.objects.get(project=project, key="round:1:generator").pk))
    run = TrainingRun.objects.get(project=project, kind="generator")
    assert "loss_warm_up" in run.curve.first().values
    assert "loss_d" in run.curve.last().values
