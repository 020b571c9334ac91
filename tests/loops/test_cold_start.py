"""A project without a single annotation begins with people."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.images.models import Image, SplitPolicy
from apps.images.splits.reading import torn_groups
from apps.loops.models import Loop, Round
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_get_or_create, loop_start
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.queue.reservations import reservation_take
from apps.review.services import Answer, reviews_record
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(project: Project, manager: User) -> Loop:
    """A running loop over 100 images that nobody has looked at."""
    for _ in range(100):
        ImageFactory(project=project)
    loop = loop_get_or_create(project)
    loop_start(loop=loop, actor=manager)
    loop_advance(loop=loop)
    loop.refresh_from_db()
    return loop


def answer_all(project: Project, user: User, name: str | None) -> None:
    tasks, _ = reservation_take(project=project, user=user, size=200)
    reviews_record(
        project=project,
        user=user,
        answers=[
            Answer(
                task=task.pk,
                verdict="class" if name else "unclear",
                annotation_class=[name, "boot"][number % 2] if name else None,
                key=str(task.pk),
            )
            for number, task in enumerate(tasks)
        ],
    )


def rare_in_train(project: Project, user: User, count: int) -> None:
    """Answer all: so many coats, all of them where train will be, and else boots and shirts."""
    tasks, _ = reservation_take(project=project, user=user, size=200)
    coats = [task.pk for task in tasks if task.image.split == "pool"][:count]
    answers = [
        Answer(
            task=task.pk,
            verdict="class",
            annotation_class="coat" if task.pk in coats else ["boot", "shirt"][number % 2],
            key=str(task.pk),
        )
        for number, task in enumerate(tasks)
    ]
    reviews_record(project=project, user=user, answers=answers)


def test_people_are_asked_about_a_random_draw_of_which_select_and_test_get_a_share(
    project: Project, loop: Loop
) -> None:
    asked = ReviewTask.objects.filter(project=project)
    assert asked.count() == 60
    assert Counter(asked.values_list("image__split", flat=True)) == {
        "pool": 30,
        "select": 15,
        "test": 15,
    }
    assert "people annotate 60 images" in loop.status_reason
    assert not Round.objects.exists()


def test_the_first_round_begins_by_itself_once_they_are_annotated(
    project: Project, manager: User, loop: Loop
) -> None:
    loop_advance(loop=loop)
    assert ReviewTask.objects.count() == 60, "the same question was put twice"
    answer_all(project, manager, "coat")
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert Round.objects.get().number == 1
    assert loop.status_reason == ""
    assert Image.objects.filter(project=project, split="train", status="accepted").count() == 30
    assert Image.objects.filter(project=project, split="select", status="accepted").count() == 15


def test_a_policy_gets_its_least_numbers_out_of_what_was_drawn_before_a_model_sees_it(
    project: Project, manager: User, loop: Loop
) -> None:
    SplitPolicy.objects.create(project=project, is_automatic=False)
    rare_in_train(project, manager, count=4)
    loop_advance(loop=loop)
    assert Round.objects.get().number == 1
    rare = Image.objects.filter(annotation_class__name="coat")
    assert Counter(rare.values_list("split", flat=True)) == {"train": 2, "select": 1, "test": 1}


def test_a_class_too_rare_to_measure_is_looked_for_in_more_draws_but_not_for_ever(
    project: Project, manager: User, loop: Loop
) -> None:
    SplitPolicy.objects.create(project=project, is_automatic=False)
    rare_in_train(project, manager, count=1)
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert not Round.objects.exists()
    assert "Too few images of coat were found to measure on" in loop.status_reason
    assert ReviewTask.objects.filter(status="open").count() == 40
    loop_advance(loop=loop)
    assert ReviewTask.objects.count() == 100
    answer_all(project, manager, "boot")
    loop_advance(loop=loop)
    assert Round.objects.exists(), "the pool is empty"


def test_near_duplicates_are_drawn_into_one_split(project: Project, manager: User) -> None:
    for number in range(120):
        ImageFactory(project=project, group=str(number % 15).rjust(64, "0"))
    loop = loop_get_or_create(project)
    loop_start(loop=loop, actor=manager)
    loop_advance(loop=loop)
    drawn = Image.objects.filter(project=project)
    assert {"select", "test"} < set(drawn.values_list("split", flat=True))
    assert not torn_groups(project).exists()


def test_where_nobody_could_tell_the_next_draw_is_asked_and_then_the_loop_says_what_is_missing(
    project: Project, manager: User, loop: Loop
) -> None:
    answer_all(project, manager, None)
    loop_advance(loop=loop)
    assert ReviewTask.objects.filter(project=project, status="open").count() == 40
    answer_all(project, manager, None)
    loop_advance(loop=loop)
    loop.refresh_from_db()
    assert loop.status == Loop.Status.PAUSED
    assert "at least two classes" in loop.status_reason


def test_without_any_image_a_loop_does_not_start(project: Project, manager: User) -> None:
    with pytest.raises(Conflict, match="people to annotate"):
        loop_start(loop=loop_get_or_create(project), actor=manager)
