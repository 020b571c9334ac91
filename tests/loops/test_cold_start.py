"""A project without a single annotation begins with people."""

from __future__ import annotations

from collections import Counter

import pytest

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.images.models import Image
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
