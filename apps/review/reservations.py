"""Holding tasks for a person.

Whoever changes a task's places locks first the person, where there is one, then
the tasks in the order of their ids; taking skips tasks that are locked. So two
of these may wait for each other's end, but never each for the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review.models import Reservation, Review, ReviewTask
from apps.review.selectors import review_settings_get

EXPIRY_BATCH = 200
"""Run-out holds given back at once: enough to keep up, few enough to be quick."""


def person_lock(*, user: User) -> None:
    """Make one person's requests follow one another until the transaction ends.

    Two tabs of one person would otherwise each take a place of the same task.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def hold_expiry(project: Project) -> datetime:
    """When a hold that begins now runs out."""
    return timezone.now() + timedelta(minutes=review_settings_get(project).reservation_minutes)


def reservation_take(
    *, project: Project, user: User, size: int, kinds: Collection[str] | None = None
) -> tuple[list[ReviewTask], datetime]:
    """Hold up to `size` tasks for a person: those still held, renewed, then the queue's next.

    Returns the tasks, each with its image, and when the holds run out. `kinds`
    narrows the tasks to some of `ReviewTask.Kind`. Nobody is given a task that
    they have answered already.
    """
    reservations_expire()
    tasks, expires_at = _take(project, user, size, kinds)
    while len(tasks) < size and _run_out().exists():
        # More holds had run out than one batch gives back: the queue may only look empty.
        reservations_expire()
        tasks, expires_at = _take(project, user, size, kinds)
    return tasks, expires_at


def _take(
    project: Project, user: User, size: int, kinds: Collection[str] | None
) -> tuple[list[ReviewTask], datetime]:
    with transaction.atomic():
        person_lock(user=user)
        expires_at = hold_expiry(project)
        tasks = ReviewTask.objects.filter(project=project, status=ReviewTask.Status.OPEN)
        if kinds is not None:
            tasks = tasks.filter(kind__in=kinds)
        queue = tasks.order_by(F("priority").desc(), "id")
        holds = Reservation.objects.filter(user=user, task__in=tasks)
        holds.update(expires_at=expires_at)
        held = list(queue.filter(reservations__user=user).select_related("image"))
        mine = Reservation.objects.filter(task=OuterRef("pk"), user=user)
        answered = Review.objects.filter(task=OuterRef("pk"), user=user, superseded_at=None)
        taken = list(
            queue.filter(~Exists(mine), ~Exists(answered), free_places__gt=0)
            .select_related("image")
            .select_for_update(skip_locked=True, of=("self",))[: max(0, size - len(held))]
        )
        ReviewTask.objects.filter(pk__in=[task.pk for task in taken]).update(
            free_places=F("free_places") - 1
        )
        Reservation.objects.bulk_create(
            Reservation(task=task, user=user, expires_at=expires_at) for task in taken
        )
    return held + taken, expires_at


def reservation_release(*, project: Project, user: User, until: datetime | None = None) -> int:
    """Give back a person's holds. Returns how many.

    With `until`, only those that run out by then: a page that is left gives back
    what it held, and not what the next page has taken or renewed meanwhile.
    """
    with transaction.atomic():
        person_lock(user=user)
        holds = Reservation.objects.filter(user=user, task__project=project)
        if until is not None:
            holds = holds.filter(expires_at__lte=until)
        return _give_back(holds, list(holds.values_list("task_id", flat=True)))


def reservations_expire() -> int:
    """Give back one batch of the holds that have run out, oldest first. Returns how many were."""
    with transaction.atomic():
        oldest = _run_out().order_by("expires_at").values_list("task_id", flat=True)
        return _give_back(_run_out(), list(oldest[:EXPIRY_BATCH]))


def _run_out() -> QuerySet[Reservation]:
    return Reservation.objects.filter(expires_at__lte=timezone.now())


def _give_back(holds: QuerySet[Reservation], task_ids: list[int]) -> int:
    """Delete those of the holds that are on the tasks, and free their places."""
    if not task_ids:
        return 0
    locked = list(tasks_lock(ReviewTask.objects.filter(pk__in=task_ids)))
    # A hold that is locked while its task is ours is being renewed by its person.
    given_back = dict(
        holds.filter(task__in=locked)
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("pk", "task_id")
    )
    Reservation.objects.filter(pk__in=given_back).delete()
    places = Counter(given_back.values())
    for count in set(places.values()):
        ids = [task_id for task_id, freed in places.items() if freed == count]
        ReviewTask.objects.filter(pk__in=ids).update(free_places=F("free_places") + count)
    return len(given_back)


def tasks_lock(tasks: QuerySet[ReviewTask]) -> QuerySet[ReviewTask]:
    """The tasks, locked one after another in an order that all lockers share."""
    return tasks.order_by("pk").select_for_update(of=("self",))
