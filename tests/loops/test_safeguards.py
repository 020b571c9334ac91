"""What could make the loop's figures lie, planted, and what stops it."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from PIL import Image as PillowImage

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.generation.services import generation_enqueue
from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.images.splits.mending import leaks_set_apart
from apps.jobs.models import JobEvent
from apps.loops.accumulation import TAKEN_BACK, accumulation_check
from apps.loops.asking import StepFailedError
from apps.loops.batches import HELD, batch_release, guards_of
from apps.loops.leaks import LEAKS
from apps.loops.mixes import mix_rows, version_candidates
from apps.loops.models import Mix, Round
from apps.loops.recipes import Candidates, MixRow, Recipe, mixed
from apps.loops.rounds import reviews_due
from apps.loops.scarcity import SCARCE, scarce_classes
from apps.loops.selection import aim_targets
from apps.loops.services import loop_start
from apps.projects.models import Project
from apps.review.models import AcceptanceTest, ReviewTask
from apps.review.services import image_tasks_withdraw
from apps.training.models import TrainingRun
from ml_engine.config import GuardConfig
from ml_engine.worker import generation
from ml_engine.worker.tasks import run as job_run
from tests.datasets.versions import frozen
from tests.factories import ImageFactory, ReviewTaskFactory
from tests.loops import faults
from tests.loops.driving import QUICK, answer_all, drive, project_fill, quick_loop

pytestmark = pytest.mark.django_db(transaction=True)
GUARDED = {name: value for name, value in GuardConfig().to_json().items() if name in QUICK}


def plant(monkeypatch: pytest.MonkeyPatch, draw: faults.Draw) -> None:
    """From now on every generator that is loaded draws so."""
    monkeypatch.setattr(generation, "load_generator", lambda folder: faults.Planted(draw))


def training_copies(project: Project) -> faults.Draw:
    rows = list(
        Image.objects.filter(project=project, split="train", origin="real").select_related(
            "annotation_class"
        )
    )
    pixels = [np.array(PillowImage.open(io.BytesIO(image_bytes(image)))) for image in rows]
    positions = [image.annotation_class.position for image in rows]
    return faults.copying(np.stack(pixels)[:, None], np.array(positions))


def batch_of(round_: Round, name: str) -> GenerationRun:
    """A batch as the round would make it."""
    job = generation_enqueue(
        project=round_.project,
        generator=round_.generator,
        classifier=round_.classifier,
        targets=aim_targets(checkpoint=round_.classifier, strategy="margin", keep=20),
        keep=20,
        seed=1,
        title=name,
        key=name,
        guards=guards_of(round_),
    )
    job_run(str(job.pk))
    return GenerationRun.objects.get(job=job)


def test_copies_a_collapsed_generator_and_another_domain_are_held_back_and_honest_images_are_not(
    project: Project, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_fill(project)
    loop = quick_loop(project, classifier_steps=150, **GUARDED)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    caught = {}
    for name, draw in {
        "honest": faults.honest,
        "copies": training_copies(project),
        "collapsed": faults.collapsed,
        "another domain": faults.another_domain,
    }.items():
        plant(monkeypatch, draw)
        batch = batch_of(round_, name)
        assert batch.is_held == bool(batch.held_reason)
        caught[name] = {one["guard"] for one in batch.guards if one["is_breached"]}
    assert caught["honest"] == set()
    assert "most_near_copies" in caught["copies"]
    assert "most_repeats" in caught["collapsed"]
    assert "most_class_gap" in caught["another domain"]


def test_nobody_is_asked_about_a_batch_that_is_held_back_unless_a_manager_says_so(
    project: Project, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_fill(project)
    loop = quick_loop(project, classifier_steps=150, **GUARDED)
    plant(monkeypatch, faults.collapsed)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    batch = round_.generation_run
    assert batch.is_held
    assert batch.held_reason in round_.safeguards[HELD]
    assert JobEvent.objects.get(kind="round.safeguard").payload["safeguard"] == HELD
    assert not ReviewTask.objects.filter(kind="validate").exists()
    assert not AcceptanceTest.objects.exists()
    assert reviews_due(round_) == {"annotate": 6, "validate": 0}

    batch_release(project=project, batch_id=batch.pk, actor=manager)
    asked = ReviewTask.objects.filter(kind="validate", batch=batch.pk).count()
    assert asked == batch.synthetic_images.count() > 0
    assert AcceptanceTest.objects.filter(batch=batch.pk, annotation_class=None).exists()
    round_.refresh_from_db()
    assert f"{manager} put it to people all the same" in round_.safeguards[HELD]
    with pytest.raises(Conflict, match="not held back"):
        batch_release(project=project, batch_id=batch.pk, actor=manager)


def test_a_round_whose_batch_is_held_back_decides_on_real_images_alone(
    project: Project, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_fill(project)
    loop = quick_loop(project, **{**GUARDED, "stop_after_round": 1})
    plant(monkeypatch, faults.collapsed)
    loop_start(loop=loop, actor=manager)
    drive(loop, Round.Step.REVIEW)
    answer_all(project, manager)
    round_ = drive(loop, Round.Step.DONE)
    decision = round_.decisions.get()
    assert "the batch was held back" in decision.reason
    assert (decision.mix.ratio, decision.mix.synthetic_count) == (0.0, 0)


def test_a_generator_makes_nothing_of_classes_with_few_real_images(
    project: Project, manager: User
) -> None:
    project_fill(project)
    coats = Image.objects.filter(project=project, split="train", annotation_class__name="coat")
    coats.filter(pk__in=list(coats.values_list("pk", flat=True)[:3])).update(status="quarantined")
    loop = quick_loop(project, fewest_real_per_class=9)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    made = set(
        round_.generation_run.synthetic_images.values_list("annotation_class__name", flat=True)
    )
    assert made
    assert made <= {"boot", "shirt"}
    aimed, left = (
        {
            target.position
            for target in aim_targets(
                checkpoint=round_.classifier, strategy="margin", keep=500, left_out=left_out
            )
        }
        for left_out in ((), {1})
    )
    assert (aimed, left) == ({0, 1, 2}, {0, 2})
    assert "No images were made of coat (7): a class needs 9" in round_.safeguards[SCARCE]
    round_.settings["generator"] = "augmentation"
    assert scarce_classes(round_) == set()


def test_where_every_class_is_scarce_the_round_trains_no_generator_and_goes_on(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project, fewest_real_per_class=30, stop_after_round=1)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    assert (round_.generator, round_.generation_run) == (None, None)
    assert not project.jobs.filter(kind="train_generator").exists()
    answer_all(project, manager)
    round_ = drive(loop, Round.Step.DONE)
    assert "no class has real images enough for a generator" in round_.decisions.get().reason


def upload_again(project: Project, split: str, into: str, count: int) -> list[Image]:
    """Pictures of a split once more, a little brighter, with another split told."""
    originals = Image.objects.filter(project=project, split=split, origin="real")[:count]
    sources = []
    for number, image in enumerate(originals):
        pixels = np.array(PillowImage.open(io.BytesIO(image_bytes(image)))).astype(int) + 3
        buffer = io.BytesIO()
        PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
        told = Source(f"again-{split}-{number}.png", buffer.getvalue(), "boot", into)
        sources.append(told)
    images_ingest(project=project, sources=sources)
    return list(Image.objects.filter(project=project, name__startswith=f"again-{split}"))


def test_what_measures_is_never_learned_from_though_it_was_uploaded_again_and_told_to_train(
    project: Project, manager: User
) -> None:
    project_fill(project)
    leaks = [
        *upload_again(project, "test", "train", 4),
        *upload_again(project, "select", "train", 4),
        *upload_again(project, "guidance", "train", 2),
    ]
    assert len(leaks) == 10
    assert {image.status for image in leaks} == {"quarantined"}, "they are stopped at the door"
    # As in a project whose images came in before there was such a filter.
    Image.objects.filter(pk__in=[image.pk for image in leaks]).update(status="accepted")
    loop = quick_loop(project)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.SCORE)
    leaked = {image.sha256 for image in leaks}
    learnt = TrainingRun.objects.get(purpose="deployed").training_set.rows
    assert not leaked & {sha256 for sha256, _ in learnt}
    assert learnt
    round_.refresh_from_db()
    assert "10 images nearly equal one that measures" in round_.safeguards[LEAKS]
    assert set(Image.objects.filter(status="quarantined")) == set(leaks)


def test_a_file_that_measures_comes_in_once(project: Project) -> None:
    project_fill(project)
    image = Image.objects.filter(project=project, split="test").first()
    report = images_ingest(
        project=project, sources=[Source("again.png", image_bytes(image), "boot", "train")]
    )
    assert (len(report.accepted), len(report.duplicates)) == (0, 1)


def test_a_guidance_image_near_a_sealed_one_guides_nothing_and_the_pools_are_not_asked_about(
    project: Project,
) -> None:
    def image(split: str, group: str) -> Image:
        return ImageFactory(project=project, split=split, group=group)

    image("test", "a"), image("select", "b"), image("guidance", "c")
    leaking = {image("guidance", "a"), image("pool", "b"), image("pool", "c"), image("train", "a")}
    fine = {image("train", "d"), image("pool", "d"), image("guidance", "e")}
    task = ReviewTaskFactory(project=project, image=image("pool", "b"))
    leaking.add(task.image)
    assert leaks_set_apart(project=project, withdraw=image_tasks_withdraw) == len(leaking)
    assert set(Image.objects.filter(status="quarantined")) == leaking
    assert not fine & leaking
    task.refresh_from_db()
    assert task.status == "withdrawn"
    assert leaks_set_apart(project=project, withdraw=image_tasks_withdraw) == 0


def mix_in_use(project: Project) -> Mix:
    """Of three real images and two synthetic ones that people accepted."""
    boot = project.annotation_classes.get(name="boot")
    accepted = {"status": "accepted", "annotation_class": boot, "split": "train"}
    for _ in range(3):
        ImageFactory(project=project, **accepted)
    for _ in range(2):
        ImageFactory(project=project, origin="synthetic", **accepted)
    version, _ = frozen(project)
    return Mix.objects.create(
        project=project, version=version, ratio=2 / 3, asked_ratio=1.0, seed=1, real_count=3,
        most_synthetic_per_real=3, synthetic_count=2, images_sha256="", rows_sha256="",
    )  # fmt: skip


def test_every_mix_holds_all_real_images_and_what_is_synthetic_accumulates(
    project: Project,
) -> None:
    before = mix_in_use(project)
    boot = project.annotation_classes.get(name="boot")
    ImageFactory(project=project, status="accepted", annotation_class=boot, split="train")
    ImageFactory(
        project=project, origin="synthetic", status="accepted", annotation_class=boot, split="train"
    )
    version, _ = frozen(project)
    found = version_candidates(version)
    assert {row.sha256 for row in mix_rows(before)} < {
        row.sha256 for row in (*found.real, *found.synthetic)
    }
    for ratio in (0.0, 0.5, 1.0):
        rows = set(mixed(found, Recipe(ratio, 3.0, 5)))
        assert set(found.real) <= rows


def test_a_version_that_lost_real_or_earlier_synthetic_images_stops_the_round(
    project: Project,
) -> None:
    before = mix_in_use(project)
    found = version_candidates(before.version)
    round_ = Round.objects.create(project=project, number=1, seed=1, settings={})
    accumulation_check(round_=round_, before=before, found=found)
    for lost in (
        replace(found, real=found.real[1:]),
        replace(found, synthetic=found.synthetic[:1]),
    ):
        with pytest.raises(StepFailedError, match="1 images of the mix in use are missing"):
            accumulation_check(round_=round_, before=before, found=lost)
    assert round_.safeguards == {}
    Image.objects.filter(sha256=found.real[0].sha256).update(annotation_class=None)
    fewer = replace(found, real=found.real[1:])
    accumulation_check(round_=round_, before=before, found=fewer)
    assert "1 image of the mix in use may not be mixed any more" in round_.safeguards[TAKEN_BACK]


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_a_batch_that_floods_one_class_fills_no_mix_with_it(ratio: float) -> None:
    real = [MixRow(f"r{number:03}", number % 3) for number in range(60)]
    flood = [MixRow(f"f{number:04}", 1) for number in range(1000)]
    rows = mixed(Candidates(real, flood), Recipe(ratio, 3.0, seed=2))
    counts = Counter(row.position for row in rows if row.sha256.startswith("f"))
    assert counts[1] == min(60 * ratio, 3 * 20)


@pytest.mark.parametrize("split", ["pool", "guidance", "select", "test"])
def test_a_synthetic_image_cannot_be_in_a_split_that_measures(project: Project, split: str) -> None:
    image = ImageFactory(project=project, origin="synthetic", split="train")
    with pytest.raises(IntegrityError, match="synthetic_images_live_in_train_only"):
        with transaction.atomic():
            Image.objects.filter(pk=image.pk).update(split=split)
    with pytest.raises(IntegrityError, match="synthetic_images_live_in_train_only"):
        with transaction.atomic():
            ImageFactory(project=project, origin="synthetic", split=split)
