"""Asking people, and keeping what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.announcements import counts_announce, counts_announce_due
from apps.review.models import Reservation, Review, ReviewTask
from apps.review.reservations import (
    hold_expiry,
    person_lock,
    reservation_release,
    reservation_take,
    reservations_expire,
    tasks_lock,
)
from apps.review.selectors import image_state, standing_reviews
from apps.review.verdicts import Answer, AnswerRefused, answer_check, answer_class, verdict_of

__all__ = [
    "Answer",
    "Outcome",
    "Question",
    "counts_announce_due",
    "reservation_release",
    "reservation_take",
    "reservations_expire",
    "review_take_back",
    "review_tasks_create",
    "review_tasks_withdraw",
    "reviews_record",
]

CREATE_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """What people are to be asked about one image."""

    image: Image
    kind: str
    """A `ReviewTask.Kind`."""
    priority: float
    """More is asked sooner."""
    reason: str
    """Why: a strategy's name, or random (control)."""
    context: dict[str, Any] = field(default_factory=dict)
    """What may be shown beside the image; `selectors.tasks_payload` names the keys."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one answer."""

    STORED = "stored"
    KNOWN = "known"
    REFUSED = "refused"

    key: str
    status: str
    id: UUID | None = None
    message: str = ""


# --- Questions ------------------------------------------------------------------------------
def review_tasks_create(
    *, project: Project, round_number: int | None, questions: Iterable[Question]
) -> int:
    """Put questions into the queue, but those that are open or were asked in this round.

    Returns how many were new. Doing it again, as after a restart, changes nothing.
    """
    questions = list(questions)
    with transaction.atomic():
        asked = set(
            ReviewTask.objects.filter(
                Q(status=ReviewTask.Status.OPEN) | Q(round_number=round_number),
                project=project,
                image__in={question.image.pk for question in questions},
            ).values_list("image_id", "kind")
        )
        fresh = [
            ReviewTask(
                project=project,
                round_number=round_number,
                image=question.image,
                kind=question.kind,
                priority=question.priority,
                reason=question.reason,
                context=question.context,
            )
            for question in questions
            if (question.image.pk, question.kind) not in asked
        ]
        ReviewTask.objects.bulk_create(fresh, batch_size=CREATE_BATCH, ignore_conflicts=True)
        counts_announce(project_id=project.pk)
    return len(fresh)


def review_tasks_withdraw(*, project: Project, round_number: int) -> int:
    """Take a round's open questions out of the queue. Returns how many there were."""
    with transaction.atomic():
        unanswered = ReviewTask.objects.filter(
            project=project, round_number=round_number, status=ReviewTask.Status.OPEN
        )
        ids = [task.pk for task in tasks_lock(unanswered)]
        Reservation.objects.filter(task__in=ids).delete()
        ReviewTask.objects.filter(pk__in=ids).update(status=ReviewTask.Status.WITHDRAWN)
        counts_announce(project_id=project.pk)
    return len(ids)


# --- Answers --------------------------------------------------------------------------------
def reviews_record(*, project: Project, user: User, answers: Sequence[Answer]) -> list[Outcome]:
    """Keep a person's answers, each on its own: a bad one never loses a good one.

    When this returns, every stored answer is committed. An answer whose key is
    known is not stored again. Outcomes come in the order of the answers.
    """
    outcomes = [_record(project, user, answer) for answer in answers]
    if any(outcome.status == Outcome.STORED for outcome in outcomes):
        counts_announce(project_id=project.pk)
    return outcomes


def _record(project: Project, user: User, answer: Answer) -> Outcome:
    try:
        answer_check(answer)
        with transaction.atomic():
            person_lock(user=user)
            known = Review.objects.filter(user=user, key=answer.key).first()
            if known:
                return _known(known, answer)
            review = _answer_store(project, user, answer)
    except AnswerRefused as refusal:
        return Outcome(answer.key, Outcome.REFUSED, message=str(refusal))
    return Outcome(answer.key, Outcome.STORED, review.pk)


def _known(review: Review, answer: Answer) -> Outcome:
    """The same key again: the same answer is known; another is a conflict."""
    class_name = review.annotation_class.name if review.annotation_class else None
    stored = (review.task_id, review.verdict, class_name, review.reasons)
    if stored != (answer.task, answer.verdict, answer.annotation_class, answer.reasons):
        raise AnswerRefused(
            f"key: {answer.key!r} names another answer of yours already; give each its own key."
        )
    return Outcome(answer.key, Outcome.KNOWN, review.pk)


def _answer_store(project: Project, user: User, answer: Answer) -> Review:
    task = tasks_lock(ReviewTask.objects.filter(project=project, pk=answer.task)).first()
    if task is None:
        raise AnswerRefused(f"task: this project has no review task {answer.task}.")
    annotation_class = answer_class(answer, task)
    if task.reviews.filter(user=user, superseded_at=None).exists():
        raise AnswerRefused("You have answered this task already; take that back first.")
    if task.status == ReviewTask.Status.WITHDRAWN:
        raise AnswerRefused("The round has gone on, and this task was withdrawn.")
    if task.status == ReviewTask.Status.DONE:
        raise AnswerRefused("This task has all the answers that it needs already.")
    _place_use(task, user)
    review = Review.objects.create(
        task=task,
        user=user,
        verdict=answer.verdict,
        annotation_class=annotation_class,
        reasons=answer.reasons,
        seconds=answer.seconds,
        key=answer.key,
    )
    reviews = standing_reviews(task)
    if len(reviews) >= task.reviews_needed:
        _task_finish(task, reviews)
    return review


def _place_use(task: ReviewTask, user: User) -> None:
    """Turn the person's hold, even one that has run out, or else a free place into an answer's."""
    if task.reservations.filter(user=user).delete()[0]:
        return
    run_out, _ = task.reservations.filter(expires_at__lte=timezone.now()).delete()
    task.free_places += run_out - 1
    if task.free_places < 0:
        raise AnswerRefused("Your hold on this task ran out, and somebody else is at it now.")
    task.save(update_fields=["free_places"])


def _task_finish(task: ReviewTask, reviews: list[Review]) -> None:
    """Close a task that has the answers it needs, and do to its image what they say."""
    image = Image.objects.select_for_update().get(pk=task.image_id)
    task.status = ReviewTask.Status.DONE
    task.done_at = timezone.now()
    task.image_before = image_state(image)
    task.save(update_fields=["status", "done_at", "image_before"])
    if task.kind == ReviewTask.Kind.ANNOTATE:
        _image_annotate(image, verdict_of(reviews))
    else:
        _image_validate(image, verdict_of(reviews), task.context.get("annotation_class"))


def _image_annotate(image: Image, verdict: tuple[str, int | None] | None) -> None:
    """Give a real image the class that people saw; an unclear one stays as it is."""
    if verdict is None or verdict[0] != Review.Verdict.CLASS:
        return
    image.annotation_class_id = verdict[1]
    image.status = Image.Status.ACCEPTED
    if image.split == Image.Split.POOL:
        image.split = Image.Split.TRAIN
    image.save(update_fields=["annotation_class", "status", "split"])


def _image_validate(
    image: Image, verdict: tuple[str, int | None] | None, class_asked_for: int | None
) -> None:
    """Accept a synthetic image that people found right, with the class it was made for."""
    if verdict is not None and verdict[0] == Review.Verdict.RIGHT:
        image.status = Image.Status.ACCEPTED
        image.annotation_class_id = class_asked_for or image.annotation_class_id
    else:
        image.status = Image.Status.REFUSED
    image.save(update_fields=["annotation_class", "status"])


def review_take_back(*, user: User, review: Review) -> ReviewTask:
    """Supersede a person's own answer, and put image and task back; the person holds it again.

    Taking back twice is no error. Raises `Conflict` where the image has been asked about
    again since.
    """
    with transaction.atomic():
        person_lock(user=user)
        task = tasks_lock(ReviewTask.objects.filter(pk=review.task_id)).get()
        standing = Review.objects.filter(pk=review.pk, user=user, superseded_at=None)
        if not standing.update(superseded_at=timezone.now()):
            return task
        if task.status == ReviewTask.Status.DONE:
            _task_reopen(task)
        if task.status == ReviewTask.Status.OPEN:
            Reservation.objects.create(task=task, user=user, expires_at=hold_expiry(task.project))
        else:
            ReviewTask.objects.filter(pk=task.pk).update(free_places=F("free_places") + 1)
        counts_announce(project_id=task.project_id)
    return task


def _task_reopen(task: ReviewTask) -> None:
    later = ReviewTask.objects.filter(image=task.image_id, done_at__gt=task.done_at)
    asked_again = Conflict("This image has been asked about again since; answer it there.")
    if later.exists():
        raise asked_again
    task.status, task.done_at = ReviewTask.Status.OPEN, None
    before, task.image_before = task.image_before, None
    try:
        with transaction.atomic():
            task.save(update_fields=["status", "done_at", "image_before"])
    except IntegrityError as error:  # one open task an image and kind
        raise asked_again from error
    if before is not None:
        Image.objects.filter(pk=task.image_id).update(**before)
