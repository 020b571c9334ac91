"""What the pages are told about the queue and its people."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review import selectors, services
from apps.review.models import Reservation, Review, ReviewTask
from apps.review.services import Answer
from tests.factories import ImageFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db


def answer(project: Project, user: User, task: ReviewTask, seconds: float = 1.0) -> None:
    verdict = "unclear" if task.kind == ReviewTask.Kind.ANNOTATE else "artefact"
    given = Answer(task.pk, verdict, str(task.pk), seconds)
    [outcome] = services.reviews_record(project=project, user=user, answers=[given])
    assert outcome.status == outcome.STORED


def test_the_queue_is_counted_by_kind(project: Project, annotator: User) -> None:
    tasks = ReviewTaskFactory.create_batch(4, project=project, round_number=1)
    ReviewTaskFactory(project=project, kind=ReviewTask.Kind.VALIDATE, round_number=2)
    services.reservation_take(project=project, user=annotator, size=2)
    answer(project, annotator, tasks[0])
    counts = selectors.queue_counts(project)
    assert counts["annotate"] == selectors.KindCounts(open=2, held=1, done=1)
    assert counts["validate"] == selectors.KindCounts(open=1, held=0, done=0)
    assert selectors.queue_counts(project, round_number=2)["annotate"] == selectors.KindCounts()
    Reservation.objects.update(expires_at=timezone.now())
    assert selectors.queue_counts(project)["annotate"].held == 0


def test_people_are_counted_by_what_still_stands(
    project: Project, annotator: User, manager: User
) -> None:
    one, two, three = ReviewTaskFactory.create_batch(3, project=project)
    validate = ReviewTaskFactory(project=project, kind=ReviewTask.Kind.VALIDATE)
    answer(project, annotator, one, seconds=1)
    answer(project, annotator, validate, seconds=3)
    answer(project, manager, two)
    answer(project, manager, three)
    services.review_take_back(user=manager, review=Review.objects.get(task=three))
    first, second = selectors.person_counts(project)
    assert (first.username, first.annotated, first.validated) == (annotator.username, 1, 1)
    assert first.mean_seconds == 2
    assert (second.username, second.annotated, second.validated) == (manager.username, 1, 0)


def test_classes_are_shown_by_real_training_images_alone(project: Project) -> None:
    boot, coat, shirt = project.annotation_classes.all()
    shown = ImageFactory(
        project=project, annotation_class=boot, split="train", status="accepted"
    )  # fmt: skip
    ImageFactory(
        project=project, annotation_class=coat, split="train", status="accepted",
        origin="synthetic",
    )  # fmt: skip
    ImageFactory(project=project, annotation_class=shirt, split="test", status="accepted")
    assert selectors.class_examples(project) == {boot.pk: shown.pk}
