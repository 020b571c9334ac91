"""The queue's policy: what a person is given next, and in which shares."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import Role
from apps.review.models import Reservation, Review, Reviewer, ReviewSettings, ReviewTask
from apps.review.queue.policy import Wish
from apps.review.queue.reservations import reservations_renew, tasks_hold
from apps.review.services import Answer, reviews_record
from tests.factories import ReviewTaskFactory, UserFactory

pytestmark = pytest.mark.django_db
Kind = ReviewTask.Kind


def policy(project: Project, **values: object) -> ReviewSettings:
    return ReviewSettings.objects.create(project=project, **values)


def hold(project: Project, user: User, size: int = 20, **more: object) -> list[ReviewTask]:
    role = more.pop("role", Role.ANNOTATOR)
    return tasks_hold(project=project, user=user, wish=Wish(size, **more), role=role).tasks


def ask(project: Project, count: int, **values: object) -> list[ReviewTask]:
    return ReviewTaskFactory.create_batch(count, project=project, **values)


def the_class(project: Project, name: str) -> AnnotationClass:
    return project.annotation_classes.get(name=name)


def test_by_age_the_oldest_question_comes_first(project: Project, annotator: User) -> None:
    policy(project, order="age")
    old, new = ask(project, 1, priority=0), ask(project, 1, priority=1)
    assert hold(project, annotator) == old + new


def test_by_score_kinds_are_one_order(project: Project, annotator: User) -> None:
    tasks = {
        priority: ReviewTaskFactory(project=project, priority=priority, kind=kind)
        for priority, kind in [
            (0.1, Kind.ANNOTATE), (0.9, Kind.VALIDATE), (0.5, Kind.ANNOTATE), (0.4, Kind.VALIDATE),
        ]
    }  # fmt: skip
    assert hold(project, annotator, 3) == [tasks[0.9], tasks[0.5], tasks[0.4]]


def test_a_random_share_is_drawn_by_rank_and_its_answers_are_told_apart(
    project: Project, annotator: User
) -> None:
    policy(project, random_share=0.5)
    urgent = ask(project, 10, priority=1, random_rank=0.9)
    lucky = ask(project, 10, priority=0, random_rank=0.1)
    held = hold(project, annotator, 10)
    by_chance = set(Reservation.objects.filter(by_chance=True).values_list("task_id", flat=True))
    assert by_chance == {task.pk for task in lucky} & {task.pk for task in held}
    assert len(by_chance) == 5
    assert {task.pk for task in held} - by_chance <= {task.pk for task in urgent}
    answers = [Answer(task.pk, "unclear", str(task.pk)) for task in held]
    reviews_record(project=project, user=annotator, answers=answers)
    assert set(Review.objects.filter(by_chance=True).values_list("task", flat=True)) == by_chance


def test_balanced_classes_are_taken_in_turn(project: Project, annotator: User) -> None:
    policy(project, balance_classes=True)
    boot, coat = the_class(project, "boot"), the_class(project, "coat")
    ask(project, 20, expected_class=boot, priority=1)
    ask(project, 20, expected_class=coat, priority=0)
    ask(project, 3, priority=0)
    classes = Counter(task.expected_class_id for task in hold(project, annotator, 12))
    assert classes[None] in (3, 2)
    assert {classes[boot.pk], classes[coat.pk]} <= {4, 5, 6}
    assert len(hold(project, annotator, 100)) == 43, "what one class lacks, others give"


def test_a_person_is_asked_what_they_chose(project: Project, annotator: User) -> None:
    coat = the_class(project, "coat")
    mine = ask(project, 2, kind=Kind.VALIDATE, expected_class=coat)
    ask(project, 3, kind=Kind.VALIDATE, expected_class=the_class(project, "boot"))
    ask(project, 3, expected_class=coat)
    Reviewer.objects.create(
        project=project, user=annotator, kinds=[Kind.VALIDATE], class_ids=[coat.pk]
    )
    assert hold(project, annotator) == mine
    assert len(hold(project, annotator, kinds=[Kind.ANNOTATE])) == 3, "named kinds go before it"


def test_only_reviewers_adjudicate(project: Project, annotator: User, manager: User) -> None:
    disputed = ReviewTaskFactory(project=project)
    [adjudication] = ask(project, 1, kind=Kind.ADJUDICATE, about=disputed)
    assert hold(project, annotator) == [disputed]
    with pytest.raises(PermissionDenied):
        hold(project, annotator, kinds=[Kind.ADJUDICATE])
    assert hold(project, manager, role=Role.REVIEWER) == [adjudication]


def test_a_sheet_is_of_one_class(project: Project, annotator: User) -> None:
    boot, coat = the_class(project, "boot"), the_class(project, "coat")
    boots = ask(project, 2, kind=Kind.VALIDATE, expected_class=boot)
    coats = ask(project, 5, kind=Kind.VALIDATE, expected_class=coat)
    ask(project, 9, expected_class=boot)
    assert hold(project, annotator, 4, is_sheet=True) == coats[:4], "the class with most waiting"
    assert hold(project, annotator, 4, is_sheet=True, class_id=boot.pk) == boots


def test_no_sheet_of_nothing(project: Project, annotator: User) -> None:
    ask(project, 2, kind=Kind.VALIDATE)
    assert hold(project, annotator, is_sheet=True) == []


def test_a_paused_person_holds_nothing(project: Project, annotator: User) -> None:
    ask(project, 2)
    Reviewer.objects.create(project=project, user=annotator, paused_at="2026-01-01T00:00Z")
    with pytest.raises(Conflict, match="manager"):
        hold(project, annotator)


def test_what_ran_out_is_renewed_if_it_is_free(
    project: Project, annotator: User, manager: User
) -> None:
    kept, free, taken, done = (task.pk for task in ask(project, 4))
    hold(project, annotator)
    gone = Reservation.objects.filter(task__in=[free, taken, done])
    gone.delete()
    ReviewTask.objects.filter(pk__in=[free, taken]).update(free_places=1)
    ReviewTask.objects.filter(pk=done).update(status="done", free_places=0)
    ReviewTask.objects.filter(pk=taken).update(priority=1)
    assert [task.pk for task in hold(project, manager, 1)] == [taken]
    asked = [kept, free, taken, done, ReviewTaskFactory().pk]
    held, _ = reservations_renew(project=project, user=annotator, task_ids=asked)
    assert held == {kept, free}
    assert set(annotator.reservations.values_list("task", flat=True)) == held


def test_the_walk_goes_past_all_that_a_person_has_answered(
    project: Project, annotator: User
) -> None:
    policy(project, random_share=0.3, balance_classes=True)
    ask(project, 30, reviews_needed=2, free_places=2, priority=1, random_rank=0)
    fresh = ask(project, 10, priority=0, random_rank=1)
    tasks = hold(project, annotator, 30, kinds=[Kind.ANNOTATE])
    seen = [task for task in tasks if task not in fresh]
    answers = [Answer(task.pk, "unclear", str(task.pk)) for task in tasks]
    reviews_record(project=project, user=annotator, answers=answers)
    rest = {task.pk for task in hold(project, annotator, 40)}
    assert len(rest) == 40 - len(tasks)
    assert not rest & {task.pk for task in seen}
    assert len(hold(project, UserFactory(), 40)) >= len(seen)
