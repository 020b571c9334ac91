"""Judging all tasks of several answers again, when the answers of the others tell more.

The arithmetic is the engine's: a job reads `answers_list`, and brings posteriors to
`judgements_revise`. What a reviewer decided is never judged again, but it is a truth that
is known, as a gold task's is, and tells how people err.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, job_enqueue
from apps.projects.models import Project
from apps.review.answers.adjudication import adjudication_ask, adjudication_withdraw
from apps.review.answers.consensus import Posterior, Vote, consensus_of, vote_of
from apps.review.answers.judgements import (
    image_apply,
    judgement_supersede,
    judgement_write,
    posterior_named,
)
from apps.review.models import Judgement, Review, ReviewTask
from apps.review.queue.reservations import tasks_lock
from apps.review.selectors import review_settings_get

JOB_KIND = "judge"
JUDGED_KINDS = (ReviewTask.Kind.ANNOTATE, ReviewTask.Kind.VALIDATE)
MOVED = 0.01
"""A posterior that moved less than this in every answer is the same."""

Method = Judgement.Method
Status = ReviewTask.Status


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A standing answer, as the model sees it."""

    review: str
    task: int
    person: int
    vote: Vote


@dataclass(frozen=True, slots=True)
class Estimate:
    """A task's posterior, and the reviews that it was computed from."""

    reviews: frozenset[str]
    posterior: Posterior


@dataclass(frozen=True, slots=True)
class _Policy:
    method: str
    least_agreement: float


# --- Asking ---------------------------------------------------------------------------------
def judging_enqueue(
    *, project: Project, title: str, key: str = "", created_by: User | None = None
) -> Job:
    """Ask for a job that judges all tasks of several answers again, as the project's policy says.

    Without a `key`, one that has not begun yet is returned.
    """
    with transaction.atomic():
        waiting = Job.objects.filter(project=project, kind=JOB_KIND, status=Job.Status.QUEUED)
        if not key and (job := waiting.first()):
            return job
        return job_enqueue(
            project=project, kind=JOB_KIND, title=title, payload={}, key=key, created_by=created_by
        )


# --- Reading --------------------------------------------------------------------------------
def answers_list(project: Project, kind: str) -> list[GivenAnswer]:
    """The standing answers to a kind's done tasks of at least two, and to its gold tasks.

    In order of task and person.
    """
    several = (
        Review.objects.filter(
            task__project=project, task__kind=kind, task__status=Status.DONE, superseded_at=None
        )
        .values("task")
        .annotate(answers=Count("pk"))
        .filter(answers__gte=2)
        .values("task")
    )
    reviews = (
        Review.objects.filter(task__project=project, task__kind=kind, superseded_at=None)
        .filter(Q(task__in=several) | Q(task__status=Status.GOLD))
        .order_by("task_id", "user_id")
    )
    return [
        GivenAnswer(str(review.pk), review.task_id, review.user_id, vote_of(review))
        for review in reviews.iterator()
    ]


def truths_known(project: Project, kind: str) -> dict[int, Vote]:
    """What is known for certain, by task: of gold tasks, and where a reviewer decided."""
    gold = ReviewTask.objects.filter(project=project, kind=kind, status=Status.GOLD)
    adjudicated = Judgement.objects.filter(
        task__project=project, task__kind=kind, method=Method.ADJUDICATED, superseded_at=None
    ).exclude(verdict="")
    known = {task.pk: _vote(task.gold_verdict, task.gold_class_id) for task in gold}
    known |= {
        judgement.task_id: _vote(judgement.verdict, judgement.annotation_class_id)
        for judgement in adjudicated
    }
    return known


def _vote(verdict: str, class_id: int | None) -> Vote:
    return verdict, class_id if verdict == Review.Verdict.CLASS else None


# --- Writing --------------------------------------------------------------------------------
def judgements_revise(
    *, claim: Claim, project: Project, method: str, estimates: Mapping[int, Estimate]
) -> int:
    """Supersede the judgements that the estimates, by task, change. Returns how many.

    A task is passed over where it was answered or taken back since, and where a reviewer has
    decided. The image follows its newest task only. Doing it again changes nothing.
    Raises `Fenced`.
    """
    changed = 0
    policy = _Policy(method, review_settings_get(project).least_agreement)
    with transaction.atomic():
        claim_require(claim=claim)
        tasks = _lock(project, estimates)
        reviews = _reviews_by_task(tasks)
        standing = {
            judgement.task_id: judgement
            for judgement in Judgement.objects.filter(task__in=tasks, superseded_at=None)
        }
        for task in tasks:
            estimate, given = estimates[task.pk], reviews[task.pk]
            if {str(review.pk) for review in given} == estimate.reviews:
                judged = standing.get(task.pk)
                changed += _revise(task, judged, estimate.posterior, given, policy)
    return changed


def _lock(project: Project, task_ids: Iterable[int]) -> list[ReviewTask]:
    """Those of the tasks that are done, locked in the order that whoever answers locks in.

    First the tasks with the open adjudications about them, then their images.
    """
    ids = set(task_ids)
    is_done = Q(pk__in=ids, status=Status.DONE)
    is_about_one = Q(about__in=ids, status=Status.OPEN)
    locked = tasks_lock(ReviewTask.objects.filter(is_done | is_about_one, project=project))
    tasks = [task for task in locked if task.pk in ids]
    images = Image.objects.filter(pk__in=[task.image_id for task in tasks])
    list(images.order_by("pk").select_for_update().values_list("pk"))
    return tasks


def _reviews_by_task(tasks: list[ReviewTask]) -> defaultdict[int, list[Review]]:
    by_task: defaultdict[int, list[Review]] = defaultdict(list)
    reviews = Review.objects.filter(task__in=tasks, superseded_at=None)
    for review in reviews.select_related("annotation_class").order_by("created_at"):
        by_task[review.task_id].append(review)
    return by_task


def _revise(
    task: ReviewTask,
    judged: Judgement | None,
    posterior: Posterior,
    reviews: list[Review],
    policy: _Policy,
) -> bool:
    """Judge one locked task again. Returns whether that says anything new."""
    if judged and judged.method == Method.ADJUDICATED:
        return False
    consensus = consensus_of(posterior, reviews, policy.least_agreement)
    said = (judged.verdict, judged.annotation_class_id) if judged else None
    is_same_answer = said == (consensus.verdict, consensus.class_id)
    if judged and is_same_answer and not _moved(judged, posterior, reviews):
        return False
    judgement_supersede(task=task)
    judgement_write(
        task=task,
        method=policy.method,
        consensus=consensus,
        posterior=posterior,
        reviews=reviews,
    )
    if is_same_answer or _asked_again_since(task):
        return True
    image = Image.objects.get(pk=task.image_id)
    for name, value in (task.image_before or {}).items():
        setattr(image, name, value)
    image.save(update_fields=["annotation_class", "status", "split"])
    image_apply(image=image, task=task, consensus=consensus)
    if consensus.verdict:
        adjudication_withdraw(task=task)
    else:
        adjudication_ask(task=task)
    return True


def _moved(judged: Judgement, posterior: Posterior, reviews: list[Review]) -> bool:
    now = posterior_named(posterior, reviews)
    return any(
        abs(now.get(name, 0.0) - judged.posterior.get(name, 0.0)) >= MOVED
        for name in {*now, *judged.posterior}
    )


def _asked_again_since(task: ReviewTask) -> bool:
    """Whether a newer task has decided about the same image."""
    newer = ReviewTask.objects.filter(
        image=task.image_id, kind__in=JUDGED_KINDS, done_at__gt=task.done_at
    )
    return newer.exists()
