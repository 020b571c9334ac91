"""Arms are tried in stages, and the best is confirmed: with answers that were made up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from apps.accounts.models import User
from apps.evaluation.models import EvaluationRun
from apps.evaluation.services import positions_pack
from apps.jobs.models import Job
from apps.loops.arms import arms_begin
from apps.loops.models import Decision, Loop, Round
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_start, round_begin, round_step_set
from apps.projects.models import Project
from apps.training.models import TrainingRun
from ml_engine.worker import deciding
from ml_engine.worker.tasks import run as job_run
from tests.datasets.versions import frozen
from tests.factories import CheckpointFactory, ImageFactory
from tests.loops.driving import quick_loop
from tests.loops.test_mixes import fill

pytestmark = pytest.mark.django_db(transaction=True)
IMAGES = 900
TARGETS = np.arange(IMAGES) % 3
EASE = np.random.default_rng(0).random(IMAGES)


@pytest.fixture
def round_(project: Project, manager: User) -> Round:
    """A round whose arms of the first stage were just asked for."""
    fill(project)
    for name in ("boot", "coat"):
        item = project.annotation_classes.get(name=name)
        ImageFactory(project=project, split="select", status="accepted", annotation_class=item)
    version, _ = frozen(project)
    settings = {"ratios": [0.0, 0.25, 0.5], "arm_seeds": 3, "more_arm_seeds": [4, 6]}
    loop = quick_loop(project, **settings)
    loop_start(loop=loop, actor=manager)
    round_ = round_begin(loop=loop)
    round_.version = version
    round_step_set(round_=round_, step=Round.Step.MIX)
    arms_begin(project=project, round_=round_, version=version)
    return round_


def learn(round_: Round, accuracies: dict[float, float], wrong_class: int | None = None) -> None:
    """What was asked for is trained and measured. Of `wrong_class`, synthetic arms know nothing."""
    for arm in round_.arms.filter(training_run__job__status=Job.Status.QUEUED):
        assert arm.training_run is not None
        checkpoint = CheckpointFactory(project=round_.project, training_run=arm.training_run)
        chance = np.random.default_rng(arm.seed)
        for split in ("select", "test"):
            right = chance.normal(accuracies[arm.ratio], 0.005) > EASE
            right &= chance.random(IMAGES) > 0.02
            if arm.ratio and wrong_class is not None:
                right &= wrong_class != TARGETS
            EvaluationRun.objects.create(
                project=round_.project, checkpoint=checkpoint, split=split, image_count=IMAGES,
                images_sha256=split * 8, targets=positions_pack(TARGETS.tolist()),
                predictions=positions_pack(np.where(right, TARGETS, (TARGETS + 1) % 3).tolist()),
            )  # fmt: skip
        Job.objects.filter(training_runs=arm.training_run).update(status=Job.Status.SUCCEEDED)


def go_on(round_: Round, times: int = 3) -> dict[float, int]:
    """The conductor's turns, more than are needed; then how many seeds each ratio has."""
    for _ in range(times):
        loop_advance(loop=Loop.objects.get(project=round_.project))
    return dict(Counter(round_.arms.values_list("ratio", flat=True)))


def do(kind: str) -> None:
    """The one job of that kind that is queued."""
    job = Job.objects.get(kind=kind, status=Job.Status.QUEUED)
    job_run(str(job.pk))
    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.error


def decided(round_: Round, monkeypatch: pytest.MonkeyPatch) -> Decision:
    """What the round decides once its arms are done; test is measured already."""
    monkeypatch.setattr(
        deciding,
        "evaluate",
        lambda context, checkpoint, split: checkpoint.evaluation_runs.get(split=split),
    )
    go_on(round_)
    do("evaluate_round")
    go_on(round_, times=1)
    return round_.decisions.get()


def test_the_best_ratio_gets_more_seeds_stage_by_stage_and_is_confirmed_with_all_of_them(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = {0.0: 0.7, 0.25: 0.6, 0.5: 0.75}
    assert go_on(round_) == {0.0: 3, 0.25: 3, 0.5: 3}
    learn(round_, truth)
    assert go_on(round_) == {0.0: 3, 0.25: 3, 0.5: 3}
    do("choose_arms")
    assert go_on(round_) == {0.0: 4, 0.25: 3, 0.5: 4}
    learn(round_, truth)
    go_on(round_)
    do("choose_arms")
    assert go_on(round_) == {0.0: 6, 0.25: 3, 0.5: 6}
    assert TrainingRun.objects.filter(purpose="arm").count() == 15
    learn(round_, truth)

    decision = decided(round_, monkeypatch)
    assert (decision.outcome, decision.candidate_ratio) == ("accepted", 0.5)
    assert "6 seeds, 900 images); no class was harmed. The mix takes ratio 0.5." in decision.reason
    assert decision.figures["detectable"] > 0
    assert set(decision.figures["classes"]) == {"boot", "coat", "shirt"}
    round_.refresh_from_db()
    assert (round_.step, len(round_.summary["seeds"])) == (Round.Step.DONE, 6)
    assert round_.summary["mixed"]["ratio"] == 0.5
    assert [len(arm["per_seed"]) for arm in round_.summary["arms"]] == [6, 3, 6]


def test_where_every_ratio_surely_harms_no_further_seed_is_trained_and_test_is_not_read(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(round_, {0.0: 0.8, 0.25: 0.6, 0.5: 0.5})
    go_on(round_)
    do("choose_arms")
    decision = decided(round_, monkeypatch)
    assert (decision.outcome, decision.gain) == ("refused", None)
    assert "Test was not read" in decision.reason
    assert set(go_on(round_, times=0).values()) == {3}


def test_a_round_that_began_before_there_were_stages_refuses_what_harms_a_class(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    del round_.settings["more_arm_seeds"]
    round_.save()
    learn(round_, {0.0: 0.3, 0.25: 0.98, 0.5: 0.97}, wrong_class=2)
    decision = decided(round_, monkeypatch)
    assert not Job.objects.filter(kind="choose_arms").exists()
    assert (decision.outcome, decision.candidate_ratio) == ("refused", 0.25)
    assert decision.low > 0
    assert "it harmed shirt. The mix stays at ratio 0." in decision.reason
