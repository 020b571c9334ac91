"""Acceptance tests of batches: opened when a batch is put to people, brought on by their looks.

A batch has a test of the whole and one of each class, and each says what it says with its own
two risks. The whole's speaks of the batch as it is mixed, not of any class: a class may be bad
in a good batch, which its own test may find, and then the class is kept out. Of ten good classes
each is refused at a risk of one in twenty, so that now and then one is kept out for nothing;
that costs images, and lets no bad one in. A class that its own test leaves undecided goes with
the batch.

No answer waits for this: the rounds bring their batch's tests on, every second.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.jobs.services import event_publish
from apps.projects.models import Project
from apps.review.batches.looks import Look, batch_looks, looks_of, walk_of
from apps.review.batches.sequential import Outcome, fixed_plan, plan_make
from apps.review.models import AcceptanceTest, Review, ReviewTask
from apps.review.queue.announcements import counts_announce
from apps.review.queue.reservations import tasks_lock
from apps.review.selectors import review_settings_get
from apps.review.services import batch_tasks_withdraw

Status = AcceptanceTest.Status


@transaction.atomic
def acceptance_open(
    *, project: Project, batch: int, strata: Mapping[int, int], most_looks: int | None = None
) -> None:
    """Begin the tests of a batch with `strata[class id]` images of each class.

    The project's policy as it is now holds for them. Doing it again changes nothing.
    """
    policy = review_settings_get(project)
    for class_id, size in [(None, sum(strata.values())), *strata.items()]:
        known = AcceptanceTest.objects.filter(batch=batch, annotation_class=class_id)
        if size == 0 or known.exists():
            continue
        rule = (size, policy.allowed_defects, policy.acceptance_confidence)
        plan = plan_make(*rule)
        AcceptanceTest.objects.create(
            project=project,
            batch=batch,
            annotation_class_id=class_id,
            size=size,
            allowed_defects=policy.allowed_defects,
            confidence=policy.acceptance_confidence,
            log_a=plan.log_a,
            log_b=plan.log_b,
            fixed_looks=fixed_plan(*rule).looks,
            most_looks=most_looks if class_id is None else None,
        )


@transaction.atomic
def acceptance_update(*, batch: int) -> AcceptanceTest | None:
    """Bring a batch's tests to where its looks lead now, back again where looks were taken back.

    A batch that is refused goes back: its open tasks are withdrawn, and are asked again if it
    is refused no longer. Returns the test of the whole; None where none was opened.
    """
    tests = list(AcceptanceTest.objects.select_for_update().filter(batch=batch).order_by("pk"))
    if not tests:
        return None
    looks = batch_looks(batch)
    changed = [test for test in tests if _bring_on(test, looks)]
    # The log stays locked from its first event to the end: what else is locked comes before.
    for test in changed:
        _change_publish(test)
    return next(test for test in tests if test.annotation_class_id is None)


def _bring_on(test: AcceptanceTest, looks: list[Look]) -> bool:
    """Whether the test came to another status."""
    before = (test.status, test.looks, test.defects)
    steps = walk_of(test, looks_of(test, looks))
    outcome = steps[-1].outcome if steps else Outcome.WALKING
    is_spent = test.most_looks is not None and len(looks) >= test.most_looks
    test.status = Status(outcome)
    if outcome is Outcome.WALKING and is_spent:
        test.status = Status.UNDECIDED
    test.looks, test.defects = (steps[-1].looks, steps[-1].defects) if steps else (0, 0)
    if (test.status, test.looks, test.defects) == before:
        return False
    is_changed = test.status != before[0]
    if is_changed:
        test.decided_at = None if test.status == Status.WALKING else timezone.now()
    test.save(update_fields=["status", "looks", "defects", "decided_at"])
    if is_changed and test.annotation_class_id is None:
        _tasks_follow(test, was_refused=before[0] == Status.REFUSED)
    return is_changed


def _change_publish(test: AcceptanceTest) -> None:
    event_publish(
        project_id=test.project_id,
        kind="batch.tested",
        payload={
            "batch": test.batch,
            "class": test.annotation_class_id,
            "status": test.status,
            "looks": test.looks,
            "defects": test.defects,
        },
    )


def _tasks_follow(test: AcceptanceTest, *, was_refused: bool) -> None:
    """Ask no more about a refused batch, and ask again about one that is refused no longer."""
    if test.status == Status.REFUSED:
        batch_tasks_withdraw(project=test.project, batch=test.batch)
    elif was_refused:
        _tasks_bring_back(test)


def _tasks_bring_back(test: AcceptanceTest) -> None:
    withdrawn = ReviewTask.objects.filter(
        batch=test.batch, kind=ReviewTask.Kind.VALIDATE, status=ReviewTask.Status.WITHDRAWN
    )
    given = (
        Review.objects.filter(task=OuterRef("pk"), superseded_at=None)
        .order_by()
        .values("task")
        .annotate(count=Count("pk"))
        .values("count")
    )
    ids = [task.pk for task in tasks_lock(withdrawn)]
    ReviewTask.objects.filter(pk__in=ids).update(
        status=ReviewTask.Status.OPEN,
        free_places=F("reviews_needed") - Coalesce(Subquery(given), 0),
    )
    counts_announce(project_id=test.project_id)
