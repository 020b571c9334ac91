"""Rounds without people."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Job
from apps.loops.models import Round
from apps.loops.rounds import reviews_due
from apps.loops.services import loop_start
from apps.loops.simulation import NothingHeldBackError, oracle_answer, reference_train
from apps.projects.models import Project
from apps.review.batches.looks import batch_test
from apps.review.models import Review
from ml_engine.worker.tasks import run
from tests.loops.driving import drive, project_fill, quick_loop


@pytest.mark.django_db(transaction=True)
def test_the_oracle_gives_what_a_round_waits_for_and_tells_the_truth_about_real_images(
    project: Project, manager: User
) -> None:
    project_fill(project)
    loop = quick_loop(project)
    reference = reference_train(loop=loop)
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    due = reviews_due(round_)

    job = oracle_answer(round_=round_, reference=reference)
    run(str(job.pk))

    assert Job.objects.get(pk=job.pk).status == Job.Status.SUCCEEDED
    assert not any(reviews_due(round_).values())
    looks = Review.objects.filter(task__kind="validate").count()
    assert looks == batch_test(round_.generation_run_id).looks <= due["validate"]
    assert Review.objects.count() == due["annotate"] + looks
    annotated = Image.objects.filter(
        project=project, split="train", held_back_class__isnull=False
    ).select_related("held_back_class")
    assert annotated.count() == due["annotate"]
    for image in annotated:
        assert image.annotation_class_id == image.held_back_class.annotation_class_id


@pytest.mark.django_db
def test_without_held_back_classes_there_is_nothing_to_simulate(project: Project) -> None:
    with pytest.raises(NothingHeldBackError, match="holds no classes back"):
        reference_train(loop=quick_loop(project))
