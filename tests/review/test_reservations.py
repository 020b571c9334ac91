"""Holds: expiring, never two on one place, never lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review import services
from apps.review.models import Reservation, ReviewSettings, ReviewTask
from tests.factories import ImageFactory, MembershipFactory, ReviewTaskFactory, UserFactory

Kind = ReviewTask.Kind


def let_holds_run_out() -> None:
    Reservation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def take(project: Project, user: User, size: int = 20) -> list[int]:
    tasks, _ = services.reservation_take(project=project, user=user, size=size)
    return [task.pk for task in tasks]


@pytest.mark.django_db
def test_the_most_urgent_come_first(project: Project, annotator: User) -> None:
    by_priority = {
        priority: ReviewTaskFactory(project=project, priority=priority).pk
        for priority in (0.2, 0.9, 0.5)
    }
    assert take(project, annotator, 2) == [by_priority[0.9], by_priority[0.5]]


@pytest.mark.django_db
def test_taking_again_renews_what_is_held_and_fills_up(project: Project, annotator: User) -> None:
    ReviewTaskFactory.create_batch(5, project=project)
    first = take(project, annotator, 2)
    Reservation.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    again, expires_at = services.reservation_take(project=project, user=annotator, size=4)
    assert [task.pk for task in again][:2] == first
    assert len(again) == 4
    assert set(Reservation.objects.values_list("expires_at", flat=True)) == {expires_at}


@pytest.mark.django_db
def test_a_hold_lasts_as_long_as_the_project_says(project: Project, annotator: User) -> None:
    ReviewSettings.objects.create(project=project, reservation_minutes=3)
    ReviewTaskFactory(project=project)
    _, expires_at = services.reservation_take(project=project, user=annotator, size=1)
    assert timedelta(minutes=2, seconds=50) < expires_at - timezone.now() <= timedelta(minutes=3)


@pytest.mark.django_db
def test_a_kind_can_be_asked_for(project: Project, annotator: User) -> None:
    ReviewTaskFactory.create_batch(3, project=project, kind=Kind.ANNOTATE, priority=1)
    validate = ReviewTaskFactory(project=project, kind=Kind.VALIDATE)
    tasks, _ = services.reservation_take(
        project=project, user=annotator, size=5, kinds=[Kind.VALIDATE]
    )
    assert tasks == [validate]


@pytest.mark.django_db
def test_a_held_task_is_nobody_elses_until_its_hold_runs_out(
    project: Project, annotator: User, manager: User
) -> None:
    ReviewTaskFactory.create_batch(3, project=project)
    held = take(project, annotator)
    assert take(project, manager) == []
    let_holds_run_out()
    assert take(project, manager) == held


@pytest.mark.django_db
def test_what_is_given_back_can_be_taken(project: Project, annotator: User, manager: User) -> None:
    ReviewTaskFactory.create_batch(3, project=project)
    held = take(project, annotator)
    assert services.reservation_release(project=project, user=annotator) == 3
    assert take(project, manager) == held


@pytest.mark.django_db
def test_a_page_that_is_left_does_not_give_back_what_the_next_one_renewed(
    project: Project, annotator: User
) -> None:
    ReviewTaskFactory.create_batch(3, project=project)
    _, before = services.reservation_take(project=project, user=annotator, size=3)
    held, _ = services.reservation_take(project=project, user=annotator, size=3)
    assert services.reservation_release(project=project, user=annotator, until=before) == 0
    assert Reservation.objects.filter(user=annotator).count() == len(held)


@pytest.mark.django_db
def test_a_task_that_needs_two_people_is_held_by_two(
    project: Project, annotator: User, manager: User
) -> None:
    task = ReviewTaskFactory(project=project, reviews_needed=2, free_places=2)
    assert take(project, annotator) == take(project, annotator) == [task.pk]
    assert take(project, manager) == [task.pk]
    assert take(project, UserFactory()) == []


@pytest.mark.django_db
def test_nobody_is_asked_again_what_they_have_answered(project: Project, annotator: User) -> None:
    task = ReviewTaskFactory(project=project, reviews_needed=2, free_places=2)
    answer = services.Answer(task=task.pk, verdict="unclear", key="k")
    services.reviews_record(project=project, user=annotator, answers=[answer])
    assert take(project, annotator) == []


@pytest.mark.django_db
def test_stale_holds_never_make_a_full_queue_look_empty(
    project: Project, annotator: User, manager: User
) -> None:
    """More than one batch of them, older than those on this project's tasks."""
    ReviewTaskFactory.create_batch(450, project=project)
    take(project, annotator, 450)
    let_holds_run_out()
    assert len(take(project, manager, 450)) == 450


@pytest.mark.django_db
def test_the_queues_next_tasks_are_read_off_its_index(project: Project, annotator: User) -> None:
    """Neither sorted nor scanned: reserving is as quick with a million tasks as with ten."""
    queue_up(project, 5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE review_reviewtask, images_image")
        with CaptureQueriesContext(connection) as queries:
            assert len(take(project, annotator)) == 20
        sql, *_ = [query["sql"] for query in queries if "SKIP LOCKED" in query["sql"]]
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using queue_by_score on review_reviewtask" in plan
    assert "Seq Scan on review_reviewtask" not in plan
    assert "Sort Key: task." not in plan


def queue_up(project: Project, count: int) -> None:
    images = ImageFactory.build_batch(count, project=project)
    ImageFactory._meta.model.objects.bulk_create(images)
    services.review_tasks_create(
        project=project,
        round_number=1,
        questions=[services.Question(image, Kind.ANNOTATE, n % 7, "margin")
                   for n, image in enumerate(images)],
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_who_asks_for_one_gets_it_though_others_are_taking_the_first_thousand(
    project: Project, annotator: User
) -> None:
    queue_up(project, 1200)
    first = ReviewTask.objects.order_by("-priority", "pk")[:1000]
    taken, asked = threading.Event(), threading.Event()

    def lock() -> None:
        try:
            with transaction.atomic():
                list(first.select_for_update())
                taken.set()
                assert asked.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(lock)
        assert taken.wait(30)
        try:
            held = take(project, annotator, 1)
        finally:
            asked.set()
        others.result()
    assert len(held) == 1
    assert held[0] not in {task.pk for task in first}


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_never_hold_one_task_twice(project: Project) -> None:
    """2,000 tasks: all take at once, answer some, let the rest run out, and take what is left."""
    queue_up(project, 2000)
    people = [MembershipFactory(project=project).user for _ in range(20)]
    together = threading.Barrier(len(people))

    def work(user: User) -> tuple[list[int], list[int], list[int]]:
        try:
            together.wait()
            held = take(project, user, 50)
            answers = [services.Answer(task, "unclear", str(task)) for task in held[:10]]
            outcomes = services.reviews_record(project=project, user=user, answers=answers)
            assert {outcome.status for outcome in outcomes} == {services.Outcome.STORED}
            together.wait()
            Reservation.objects.filter(user=user).update(expires_at=timezone.now())
            together.wait()
            return held, [answer.task for answer in answers], take(project, user, 90)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        done = [future.result() for future in [pool.submit(work, person) for person in people]]

    first, answered, second = (
        [task for part in parts for task in part] for parts in zip(*done, strict=True)
    )
    assert len(first) == len(set(first)) == 1000
    assert len(answered) == 200
    assert len(second) == len(set(second)) == 1800
    assert not set(second) & set(answered)
    assert not ReviewTask.objects.filter(free_places__gt=0).exists()
    assert Reservation.objects.count() == 1800


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [1, 3])
def test_a_crowd_answers_each_task_so_often_and_leaves_none_behind(
    project: Project, number: int
) -> None:
    """Some let their first holds run out, which come back while the others work."""
    ReviewSettings.objects.create(project=project, reviews_per_task=number, random_share=0.2)
    queue_up(project, 300)
    people = [MembershipFactory(project=project).user for _ in range(10)]

    def work(user: User) -> None:
        try:
            if user in people[:2]:
                take(project, user, 30)
                Reservation.objects.filter(user=user).update(expires_at=timezone.now())
            while held := take(project, user, 20):
                answers = [services.Answer(task, "unclear", str(task)) for task in held]
                outcomes = services.reviews_record(project=project, user=user, answers=answers)
                assert {outcome.status for outcome in outcomes} == {services.Outcome.STORED}
        finally:
            connection.close()

    for _ in range(2):  # who finds all held goes; what they hold may come back after that
        with ThreadPoolExecutor(len(people)) as pool:
            list(pool.map(work, people))
    tasks = ReviewTask.objects.annotate(
        answers=Count("reviews"), people=Count("reviews__user", distinct=True)
    )
    assert set(tasks.values_list("status", "free_places", "answers", "people")) == {
        ("done", 0, number, number)
    }
