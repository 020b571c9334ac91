"""Keeping what people answer: once, for good, and taken back cleanly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.rows import RowReader
from apps.images.models import Image
from apps.projects.models import AnnotationClass, Project
from apps.review.answers.adjudication import adjudication_withdraw, may_adjudicate
from apps.review.answers.judgements import adjudication_take_back, judgement_supersede, task_judge
from apps.review.answers.verdicts import Answer, AnswerRefused, answer_check, answer_fits
from apps.review.models import Reservation, Review, ReviewTask
from apps.review.people.gold import gold_right, gold_standing_update
from apps.review.queue.announcements import counts_announce
from apps.review.queue.reservations import WAITS, hold_expiry, person_lock, tasks_lock
from apps.review.selectors import image_state, standing_reviews

Status = ReviewTask.Status
TASK = RowReader(
    ReviewTask,
    "task",
    [
        "id", "project_id", "image_id", "kind", "status", "expected_class_id", "batch", "about_id",
        "gold_verdict", "gold_class_id", "reviews_needed", "free_places",
    ],
)  # fmt: skip
IMAGE = RowReader(Image, "image", ["id", "project_id", "status", "split", "annotation_class_id"])
"""As much as recording and judging look at."""


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
            review = _answer_store(project, user, answer)
    except AnswerRefused as refusal:
        return _known(user, answer) or Outcome(answer.key, Outcome.REFUSED, message=str(refusal))
    except IntegrityError:
        # The key is taken; it was looked for only now, as an answer is new but after a fault.
        if known := _known(user, answer):
            return known
        raise
    return Outcome(answer.key, Outcome.STORED, review.pk)


def _known(user: User, answer: Answer) -> Outcome | None:
    """The same key again: the same answer is known; another is a conflict. None for a new key."""
    keyed = Review.objects.select_related("annotation_class").filter(user=user, key=answer.key)
    review = keyed.first()
    if review is None:
        return None
    class_name = review.annotation_class.name if review.annotation_class else None
    stored = (review.task_id, review.verdict, class_name, review.reasons)
    if stored == (answer.task, answer.verdict, answer.annotation_class, answer.reasons):
        return Outcome(answer.key, Outcome.KNOWN, review.pk)
    sentence = f"key: {answer.key!r} names another answer of yours already; give each its own key."
    return Outcome(answer.key, Outcome.REFUSED, message=sentence)


def _answer_store(project: Project, user: User, answer: Answer) -> Review:
    task, annotation_class, has_answered = _task_lock(project, user, answer)
    if task.kind == ReviewTask.Kind.ADJUDICATE and not may_adjudicate(user, project):
        raise AnswerRefused("Reviewers decide where people disagree; ask one of them.")
    answer_fits(answer, task, annotation_class)
    if has_answered:
        raise AnswerRefused("You have answered this task already; take that back first.")
    if task.status == Status.WITHDRAWN:
        raise AnswerRefused("The round has gone on, and this task was withdrawn.")
    if task.status == Status.DONE:
        raise AnswerRefused("This task has all the answers that it needs already.")
    review = Review(
        id=uuid4(),
        task=task,
        user=user,
        verdict=answer.verdict,
        annotation_class=annotation_class,
        reasons=answer.reasons,
        seconds=answer.seconds,
        key=answer.key,
    )
    if task.status == Status.GOLD:
        review.gold_right = gold_right(task, review.verdict, review.annotation_class_id)
    if not _review_insert(review):
        _place_take(task)
    if task.status == Status.GOLD:
        gold_standing_update(project=project, user=user)
        return review
    reviews = standing_reviews(task) if task.reviews_needed > 1 else [review]
    if len(reviews) >= task.reviews_needed:
        _task_finish(task, reviews)
    return review


def _task_lock(
    project: Project, user: User, answer: Answer
) -> tuple[ReviewTask, AnnotationClass | None, bool]:
    """Lock the answer's task and its image. Returns it with the class that the answer names, if
    there is such a class, and whether the person has answered the task already.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {TASK.columns}, {IMAGE.columns}, named.id,
                EXISTS (SELECT FROM review_review answer WHERE answer.task_id = task.id
                    AND answer.user_id = %(user)s AND answer.superseded_at IS NULL)
            FROM review_reviewtask task
            JOIN images_image image ON image.id = task.image_id
            LEFT JOIN projects_annotationclass named
                ON named.project_id = task.project_id AND named.name = %(class)s
            WHERE task.id = %(task)s AND task.project_id = %(project)s
            FOR NO KEY UPDATE OF task, image""",  # noqa: S608 — columns' names
            {
                "user": user.pk,
                "class": answer.annotation_class,
                "task": answer.task,
                "project": project.pk,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise AnswerRefused(f"task: this project has no review task {answer.task}.")
    *columns, class_id, has_answered = row
    task = TASK.read(columns[: TASK.width])
    task.image = IMAGE.read(columns[TASK.width :])
    name = answer.annotation_class or ""
    named = AnnotationClass(pk=class_id, project_id=project.pk, name=name) if class_id else None
    return task, named, has_answered


def _review_insert(review: Review) -> bool:
    """Store an answer in place of the person's hold, even one that has run out.

    Returns whether there was one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH hold AS (
                DELETE FROM review_reservation WHERE task_id = %(task)s AND user_id = %(user)s
                RETURNING by_chance
            )
            INSERT INTO review_review (id, task_id, user_id, verdict, annotation_class_id, reasons,
                seconds, gold_right, by_chance, key, created_at)
            SELECT %(id)s, %(task)s, %(user)s, %(verdict)s, %(class)s, %(reasons)s,
                %(seconds)s, %(gold_right)s, COALESCE((SELECT by_chance FROM hold), false), %(key)s,
                clock_timestamp()
            RETURNING by_chance, created_at, (SELECT count(*) FROM hold)""",
            {
                "id": review.pk,
                "task": review.task_id,
                "user": review.user_id,
                "verdict": review.verdict,
                "class": review.annotation_class_id,
                "reasons": json.dumps(review.reasons),
                "seconds": review.seconds,
                "gold_right": review.gold_right,
                "key": review.key,
            },
        )
        review.by_chance, review.created_at, holds = cursor.fetchone()
    review._state.adding = False
    return bool(holds)


def _place_take(task: ReviewTask) -> None:
    """Take a free place for an answer that came without a hold, or one whose hold has run out."""
    run_out, _ = task.reservations.filter(expires_at__lte=timezone.now()).delete()
    task.free_places += run_out - 1
    if task.free_places < 0:
        raise AnswerRefused("Your hold on this task ran out, and somebody else is at it now.")
    task.save(update_fields=["free_places"])


def _task_finish(task: ReviewTask, reviews: list[Review]) -> None:
    """Close a task that has the answers it needs, and do to its image what they say."""
    task.status = Status.DONE
    task.done_at = timezone.now()
    task.image_before = None if task.kind == ReviewTask.Kind.REALISM else image_state(task.image)
    before = None if task.image_before is None else json.dumps(task.image_before)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE review_reviewtask SET status = %s, done_at = %s, image_before = %s"
            " WHERE id = %s",
            [task.status, task.done_at, before, task.pk],
        )
    task_judge(task=task, image=task.image, reviews=reviews)


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
        if task.status == Status.DONE:
            _task_reopen(task)
        if task.status in WAITS:
            Reservation.objects.create(task=task, user=user, expires_at=hold_expiry(task.project))
        else:
            ReviewTask.objects.filter(pk=task.pk).update(free_places=F("free_places") + 1)
        counts_announce(project_id=task.project_id)
    return task


def _task_reopen(task: ReviewTask) -> None:
    later = ReviewTask.objects.filter(image=task.image_id, done_at__gt=task.done_at)
    asked_again = Conflict("This image has been asked about again since; answer it there.")
    is_about_people = task.kind == ReviewTask.Kind.REALISM
    if not is_about_people and later.exclude(kind=ReviewTask.Kind.REALISM).exists():
        raise asked_again
    task.status, task.done_at = Status.OPEN, None
    before, task.image_before = task.image_before, None
    try:
        with transaction.atomic():
            task.save(update_fields=["status", "done_at", "image_before"])
    except IntegrityError as error:  # one open task an image and kind
        raise asked_again from error
    judgement_supersede(task=task)
    adjudication_withdraw(task=task)
    adjudication_take_back(task=task)
    if before is not None:
        Image.objects.filter(pk=task.image_id).update(**before)
