"""Gold tasks: asked among others, told as they are, and what follows from how they are answered."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review.models import Reservation, Review, Reviewer, ReviewSettings, ReviewTask
from apps.review.people.gold import (
    gold_accuracy,
    gold_task_list,
    gold_task_retire,
    gold_tasks_create,
)
from apps.review.queue.reservations import reservation_take
from apps.review.services import Answer, review_take_back, reviews_record
from tests.factories import ImageFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db
Kind = ReviewTask.Kind


def accepted(project: Project, count: int, name: str = "coat") -> list[int]:
    annotated = {
        "annotation_class": project.annotation_classes.get(name=name),
        "split": "train",
        "status": "accepted",
    }
    return [image.pk for image in ImageFactory.create_batch(count, project=project, **annotated)]


def take(project: Project, user: User, size: int = 20) -> list[ReviewTask]:
    return reservation_take(project=project, user=user, size=size)[0]


def answer(project: Project, user: User, task: ReviewTask, name: str = "coat") -> None:
    said = Answer(task.pk, "class", f"{user.pk}/{task.pk}", 1, name)
    [outcome] = reviews_record(project=project, user=user, answers=[said])
    assert outcome.status == "stored", outcome.message


@pytest.fixture
def golden(project: Project) -> ReviewSettings:
    """A project with ten gold coats, half of what is asked being gold."""
    gold_tasks_create(project=project, images=accepted(project, 10))
    return ReviewSettings.objects.create(project=project, gold_share=0.5, gold_window=5)


def test_gold_comes_among_others_and_to_everybody_once(
    project: Project, golden: ReviewSettings, annotator: User, manager: User
) -> None:
    ReviewTaskFactory.create_batch(30, project=project)
    for user in (annotator, manager):
        tasks = take(project, user, 8)
        gold = [task for task in tasks if task.status == "gold"]
        assert (len(tasks), len(gold)) == (8, 4)
        for task in tasks:
            answer(project, user, task)
        again = {task.pk for task in take(project, user, 8)}
        assert not again & {task.pk for task in tasks}
    assert gold_task_list(project).count() == 10, "they never finish"


def test_gold_never_comes_alone(project: Project, golden: ReviewSettings, annotator: User) -> None:
    assert take(project, annotator) == []
    ReviewTaskFactory(project=project, kind=Kind.VALIDATE)
    assert [task.kind for task in take(project, annotator)] == [Kind.VALIDATE], "nor of a kind"


def test_gold_is_told_as_the_others_are(
    api: APIClient, project: Project, golden: ReviewSettings
) -> None:
    context = {"strategy": "margin", "score": 0.4}
    ReviewTaskFactory.create_batch(
        10, project=project, reason="margin", round_number=2, context=context
    )
    new = accepted(project, 10)
    gold = {task.pk for task in gold_tasks_create(project=project, images=new)}
    for task in gold_task_list(project).exclude(pk__in=gold):
        gold_task_retire(task=task)
    path = f"/api/v1/projects/{project.slug}/review/reservations/"
    told = api.post(path, {"size": 12}, format="json").json()["tasks"]
    assert {task["id"] for task in told} & gold
    for task in told:
        del task["id"], task["image"]
    assert all(task == told[0] for task in told)


def test_an_answer_to_gold_is_marked_and_touches_nothing(
    project: Project, golden: ReviewSettings, annotator: User
) -> None:
    right, wrong = gold_task_list(project)[:2]
    answer(project, annotator, right, "coat")
    answer(project, annotator, wrong, "boot")
    marks = dict(Review.objects.values_list("task", "gold_right"))
    assert marks == {right.pk: True, wrong.pk: False}
    wrong.image.refresh_from_db()
    assert wrong.image.annotation_class.name == "coat"
    accuracy = gold_accuracy(project, annotator, window=5)
    assert (accuracy.asked, accuracy.right, accuracy.share) == (2, 1, 0.5)
    review_take_back(user=annotator, review=Review.objects.get(task=wrong))
    assert gold_accuracy(project, annotator, window=5).share == 1
    assert Reservation.objects.get().task == wrong


@pytest.mark.parametrize("action", ["nothing", "warn", "pause"])
def test_what_happens_when_gold_accuracy_falls(
    project: Project, golden: ReviewSettings, annotator: User, action: str
) -> None:
    golden.gold_action = action
    golden.save()
    ReviewTaskFactory.create_batch(3, project=project)
    tasks = list(gold_task_list(project))
    take(project, annotator, 2)
    for task in tasks[:4]:
        answer(project, annotator, task, "boot")
    assert not Reviewer.objects.exclude(paused_at=None, warned_at=None).exists(), "not yet a window"
    answer(project, annotator, tasks[4], "boot")
    reviewer = Reviewer.objects.filter(user=annotator).first() or Reviewer()
    assert bool(reviewer.warned_at) == (action == "warn")
    assert bool(reviewer.paused_at) == (action == "pause")
    assert annotator.reservations.exists() == (action != "pause")
    for task in tasks[5:]:
        answer(project, annotator, task, "coat")
    if action == "warn":
        reviewer.refresh_from_db()
        assert reviewer.warned_at is None, "who does better is warned no more"


def test_any_fault_of_a_faulty_image_is_right(project: Project, annotator: User) -> None:
    image = ImageFactory(project=project, origin="synthetic", split="train")
    task = ReviewTaskFactory(project=project, image=image, kind=Kind.VALIDATE)
    said = Answer(task.pk, "artefact", "judged")
    reviews_record(project=project, user=annotator, answers=[said])
    [gold] = gold_tasks_create(project=project, images=[image.pk])
    assert (gold.kind, gold.gold_verdict) == (Kind.VALIDATE, "artefact")
    review = Answer(gold.pk, "bad", "sheet")
    reviews_record(project=project, user=annotator, answers=[review])
    assert Review.objects.get(key="sheet").gold_right


def test_only_what_may_be_shown_becomes_gold(project: Project) -> None:
    shown = accepted(project, 3)
    waiting = ReviewTaskFactory(project=project, image_id=shown[0])
    sealed = ImageFactory(
        project=project,
        split="test",
        status="accepted",
        annotation_class=project.annotation_classes.first(),
    )
    images = [*shown, sealed.pk, ImageFactory().pk]
    made = gold_tasks_create(project=project, images=images)
    assert {task.image_id for task in made} == set(shown) - {waiting.image_id}
    assert gold_tasks_create(project=project, images=images) == []
    assert gold_tasks_create(project=project, count=5) == []


def test_retired_gold_is_asked_no_more(
    project: Project, golden: ReviewSettings, annotator: User
) -> None:
    ReviewTaskFactory.create_batch(10, project=project)
    take(project, annotator, 4)
    for task in gold_task_list(project):
        gold_task_retire(task=task)
    assert {task.status for task in take(project, annotator, 10)} == {"open"}
