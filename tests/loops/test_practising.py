"""Rounds whose ratios are of images made while a classifier trains."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.images.models import Image
from apps.loops.arms import arms_begin
from apps.loops.mixes import mix_check
from apps.loops.models import Arm, Loop, Round
from apps.loops.practising import practised_classes
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_start, round_begin, round_step_set
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun
from tests.datasets.versions import frozen
from tests.factories import CheckpointFactory, GenerationRunFactory, ImageFactory
from tests.loops.driving import answer_all, drive, project_fill, quick_loop
from tests.loops.test_arms import decided, learn
from tests.loops.test_mixes import fill

pytestmark = pytest.mark.django_db(transaction=True)


def test_arms_learn_from_real_images_and_from_what_the_rounds_generator_makes_meanwhile(
    project: Project, manager: User, client: Client
) -> None:
    project_fill(project)
    loop = quick_loop(
        project, generator="pca", mixing="practice", ratios=[0.0, 0.5], generate_per_round=90,
        validate_quota=40, more_arm_seeds=[],
    )  # fmt: skip
    loop_start(loop=loop, actor=manager)
    first = drive(loop, Round.Step.REVIEW)
    answer_all(project, manager)
    drive(loop, Round.Step.TRAIN)
    first.refresh_from_db()
    assert GenerationRun.objects.get().admitted

    arms = list(first.arms.filter(ratio=0.5).select_related("training_run__checkpoint"))
    assert len(arms) == 2
    for arm in arms:
        run = arm.training_run
        assert run is not None
        assert run.practice_generator == first.generator
        assert set(origins(run)) == {Image.Origin.REAL}
        by_part = run.checkpoint.metadata["practice"]["by_part"]
        assert len(by_part) == run.practice["parts"] - 1
        assert all(part["kept"] > 0 and part["advantage"] is not None for part in by_part)
    control = first.arms.filter(ratio=0).first()
    assert control is not None
    assert control.training_run is not None
    assert control.training_run.practice == {}
    assert "practice that begins at ratio 0.5" in first.summary["decision"]["reason"].lower()

    client.force_login(manager)
    page = client.get(
        f"/projects/{project.slug}/models/{arms[0].training_run_id}/"
    ).content.decode()
    assert "images made while it trained" in page
    assert f"generator {first.generator.training_run_id}" in page


def origins(run: TrainingRun) -> list[str]:
    hashes = [sha256 for sha256, _ in run.training_set.rows]
    return list(Image.objects.filter(sha256__in=hashes).values_list("origin", flat=True))


@pytest.fixture
def round_(project: Project, manager: User) -> Round:
    """At its arms, with a generator whose batch was certified but for coats."""
    fill(project)
    for name in ("boot", "coat"):
        item = project.annotation_classes.get(name=name)
        ImageFactory(project=project, split="select", status="accepted", annotation_class=item)
    loop = quick_loop(
        project, mixing="practice", ratios=[0.0, 0.5, 4.0, 5.0], most_synthetic_per_real=3.0,
        more_arm_seeds=[], fewest_real_per_class=1,
    )  # fmt: skip
    loop_start(loop=loop, actor=manager)
    round_ = round_begin(loop=loop)
    round_.version, _ = frozen(project)
    round_.generator = CheckpointFactory(project=project, kind="generator")
    round_.generation_run = GenerationRunFactory(
        project=project, checkpoint=round_.generator, admitted=True,
        audit={"excluded_classes": ["coat"]},
    )  # fmt: skip
    round_step_set(round_=round_, step=Round.Step.MIX)
    return round_


def test_only_classes_that_people_found_good_are_made_and_a_ratio_above_the_cap_is_the_cap(
    round_: Round,
) -> None:
    boot = round_.project.annotation_classes.get(name="boot")
    # Of shirts there is no real image, so no generator makes any.
    assert practised_classes(round_) == [boot.position]
    assert round_.version is not None
    arms_begin(project=round_.project, round_=round_, version=round_.version)
    runs = [arm.training_run for arm in round_.arms.order_by("seed", "ratio")]
    assert [arm.ratio for arm in round_.arms.all()] == [0.0, 0.0, 0.5, 0.5, 3.0, 3.0]
    assert [run.practice.get("ratio") for run in runs if run] == [None, 0.5, 3.0] * 2
    assert {tuple(run.practice["classes"]) for run in runs if run and run.practice} == {(0,)}
    assert all(set(origins(run)) == {"real"} for run in runs if run)


@pytest.mark.parametrize(
    "changes", [{"admitted": False}, {"held_reason": "Too many copies."}], ids=["refused", "held"]
)
def test_a_batch_that_people_did_not_let_in_lets_nothing_be_made_unseen(
    round_: Round, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    GenerationRun.objects.update(**changes)
    round_.refresh_from_db()
    assert round_.version is not None
    arms_begin(project=round_.project, round_=round_, version=round_.version)
    assert {arm.ratio for arm in round_.arms.all()} == {0.0}
    learn(round_, {0.0: 0.7})
    reason = decided(round_, monkeypatch).reason
    told = "the batch was held back" if "held_reason" in changes else "did not certify the batch"
    assert told in reason


def test_what_is_accepted_is_how_the_next_classifier_practises(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert round_.version is not None
    arms_begin(project=round_.project, round_=round_, version=round_.version)
    learn(round_, {0.0: 0.7, 0.5: 0.8, 3.0: 0.6})
    by_part = [{"ratio": 0.75, "kept": 8.0}, {"ratio": 1.5, "kept": 8.0}, {"ratio": 9, "kept": 0.0}]
    for checkpoint in Checkpoint.objects.exclude(training_run__practice={}):
        checkpoint.metadata = {"practice": {"by_part": by_part}}
        checkpoint.save()
    decision = decided(round_, monkeypatch)
    assert "On test, practice that begins at ratio 0.5 was" in decision.reason
    assert decision.reason.endswith("The mix takes practice that begins at ratio 0.5.")
    mix = decision.mix
    assert mix.practice["ratio"] == 0.5
    assert mix.practice_generator == round_.generator
    assert mix.ratio == pytest.approx((0.75 + 1.5) / 4)
    assert mix.contents.endswith("real images, and synthetic ones made while the classifier trains")
    assert mix_check(mix).holds

    loop = Loop.objects.get(project=round_.project)
    loop_advance(loop=loop)
    run = TrainingRun.objects.get(round_number=2, purpose="deployed")
    assert run.practice == mix.practice
    assert run.practice_generator == round_.generator

    TrainingRun.objects.filter(pk=run.pk).delete()
    run.job.delete() if run.job else None
    mix.practice_generator = None
    mix.save()
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert "that made images while the classifier trained is gone" in loop.status_reason
    assert Arm.objects.filter(round__number=2).count() == 0
