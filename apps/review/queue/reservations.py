"""Holding tasks for a person.

Whoever changes a task's places locks first the person, where there is one, then
the tasks in the order of their ids; taking skips tasks that are locked. So two
of these may wait for each other's end, but never each for the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.rows import RowReader
from apps.projects.models import Project
from apps.projects.selectors import Role
from apps.review.models import Reservation, Review, Reviewer, ReviewSettings, ReviewTask, Skip
from apps.review.queue.choosing import tasks_choose
from apps.review.queue.policy import Policy, Wish, policy_of
from apps.review.queue.taking import Offer, Queue
from apps.review.selectors import review_settings_get

EXPIRY_BATCH = 1000
"""Run-out holds given back at once: enough to keep up, few enough to be quick."""
WAITS = [ReviewTask.Status.OPEN, ReviewTask.Status.GOLD]
"""Of a task that somebody may hold."""
SETTINGS = RowReader(ReviewSettings, "settings")
REVIEWER = RowReader(Reviewer, "reviewer")


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds, in the order in which they got it, and until when."""

    offers: list[Offer]
    expires_at: datetime
    policy: Policy

    @property
    def tasks(self) -> list[ReviewTask]:
        """The tasks alone."""
        return [offer.task for offer in self.offers]


def person_lock(*, user: User) -> None:
    """Make one person's requests follow one another until the transaction ends.

    Two tabs of one person would otherwise each take a place of the same task.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM accounts_user WHERE id = %s FOR NO KEY UPDATE", [user.pk])


def hold_expiry(project: Project) -> datetime:
    """When a hold that begins now runs out."""
    return _expiry(review_settings_get(project))


def _expiry(settings: ReviewSettings) -> datetime:
    return timezone.now() + timedelta(minutes=settings.reservation_minutes)


# --- Taking ---------------------------------------------------------------------------------
def reservation_take(
    *, project: Project, user: User, size: int, kinds: Collection[str] | None = None
) -> tuple[list[ReviewTask], datetime]:
    """What `tasks_hold` holds for an annotator who asks for so many of these kinds."""
    held = tasks_hold(project=project, user=user, wish=Wish(size=size, kinds=kinds))
    return held.tasks, held.expires_at


def tasks_hold(*, project: Project, user: User, wish: Wish, role: Role = Role.ANNOTATOR) -> Held:
    """Hold tasks for a person: those still held, renewed, then the queue's next by its policy.

    Nobody is given a task that they have answered or skipped. Raises PermissionDenied
    for kinds that are beyond the role, and `Conflict` where the person is paused.
    """
    held = _hold(project, user, role, wish)
    while len(held.offers) < held.policy.size and reservations_expire():
        # Holds had run out that nobody had given back yet: the queue may only have looked empty.
        held = _hold(project, user, role, wish)
    return held


def _hold(project: Project, user: User, role: Role, wish: Wish) -> Held:
    with transaction.atomic():
        settings, reviewer = _person_lock_for_holding(project, user)
        policy = policy_of(settings, reviewer, role, wish)
        queue = Queue(project.pk, user.pk)
        if wish.is_sheet and wish.class_id is None:
            fullest = queue.fullest_class(kind=policy.kinds[0], enough=10 * policy.size)
            # Where no class has any task, none has the one that no class has.
            policy = replace(policy, class_ids=(fullest or 0,))
        expires_at = _expiry(settings)
        offers = queue.renew(kinds=policy.kinds, class_ids=policy.class_ids, until=expires_at)
        if len(offers) < policy.size and policy.kinds:
            choice = tasks_choose(
                queue=queue,
                policy=policy,
                project_classes=_class_ids(project) if settings.balance_classes else (),
                count=policy.size - len(offers),
            )
            new = [offer.task.pk for offer in choice.offers]
            queue.hold(new, by_chance=choice.by_chance, until=expires_at)
            offers += choice.offers
    return Held(offers, expires_at, policy)


def _person_lock_for_holding(project: Project, user: User) -> tuple[ReviewSettings, Reviewer]:
    """Lock the person, and read by the way what the project and they have set, or the defaults.

    From here on the transaction does not wait for the disk. A hold that a power cut takes
    away is no loss: its answer takes a free place, or the task is asked again. Answers
    do wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {SETTINGS.columns}, {REVIEWER.columns},
                set_config('synchronous_commit', 'off', true)
            FROM accounts_user person
            LEFT JOIN review_reviewsettings settings ON settings.project_id = %(project)s
            LEFT JOIN review_reviewer reviewer ON reviewer.project_id = %(project)s
                AND reviewer.user_id = person.id
            WHERE person.id = %(user)s FOR NO KEY UPDATE OF person""",  # noqa: S608 — columns' names
            {"project": project.pk, "user": user.pk},
        )
        [row] = cursor.fetchall()
    settings, reviewer = row[: SETTINGS.width], row[SETTINGS.width : -1]
    return (
        ReviewSettings(project=project) if settings[0] is None else SETTINGS.read(settings),
        Reviewer(project=project, user=user) if reviewer[0] is None else REVIEWER.read(reviewer),
    )


def _class_ids(project: Project) -> list[int]:
    return list(project.annotation_classes.values_list("pk", flat=True))


# --- Keeping and giving back ----------------------------------------------------------------
def reservations_renew(
    *, project: Project, user: User, task_ids: Collection[int]
) -> tuple[set[int], datetime]:
    """Renew a person's holds, and take those again that ran out and are still free.

    Returns the ids of the tasks that the person holds now, and until when.
    """
    with transaction.atomic():
        person_lock(user=user)
        expires_at = hold_expiry(project)
        waiting = ReviewTask.objects.filter(project=project, pk__in=task_ids, status__in=WAITS)
        tasks = list(tasks_lock(waiting))
        holds = Reservation.objects.filter(user=user, task__in=tasks)
        held = set(holds.values_list("task_id", flat=True))
        holds.update(expires_at=expires_at)
        over = _answered_or_skipped(user, tasks)
        free = [
            task.pk
            for task in tasks
            if task.free_places and task.pk not in held and task.pk not in over
        ]
        Queue(project.pk, user.pk).hold(free, by_chance=(), until=expires_at)
    return held.union(free), expires_at


def task_hold(*, project: Project, user: User, task_id: int) -> bool:
    """Hold one task for a person, or renew the hold. Returns whether they hold it now.

    They do not where the task is done, withdrawn or another project's, where others
    hold all its places, or where the person has answered or skipped it.
    """
    held, _ = reservations_renew(project=project, user=user, task_ids=[task_id])
    return bool(held)


def _answered_or_skipped(user: User, tasks: Collection[ReviewTask]) -> set[int]:
    answered = Review.objects.filter(user=user, task__in=tasks, superseded_at=None)
    skipped = Skip.objects.filter(user=user, task__in=tasks)
    return {*answered.values_list("task", flat=True), *skipped.values_list("task", flat=True)}


def reservation_release(
    *,
    project: Project,
    user: User,
    until: datetime | None = None,
    tasks: Collection[int] | None = None,
) -> int:
    """Give back a person's holds, or those on some tasks only. Returns how many.

    With `until`, only those that run out by then: a page that is left gives back
    what it held, and not what the next page has taken or renewed meanwhile.
    """
    with transaction.atomic():
        person_lock(user=user)
        holds = Reservation.objects.filter(user=user, task__project=project)
        if until is not None:
            holds = holds.filter(expires_at__lte=until)
        if tasks is not None:
            holds = holds.filter(task__in=tasks)
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
