"""Judging: what a task's answers together say, kept with the answers, and done to its image.

Where answers are split, or agree no more than the project asks for, the image stays
as it was and a reviewer is asked. Of a task at most one judgement stands; a newer one
supersedes it, and none is ever deleted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from apps.images.models import Image
from apps.projects.models import AnnotationClass
from apps.review.answers.adjudication import adjudication_ask
from apps.review.answers.consensus import Consensus, Posterior, consensus_of, shares, vote_of
from apps.review.models import Judgement, Review, ReviewTask
from apps.review.selectors import review_settings_get, standing_reviews

Kind = ReviewTask.Kind
Method = Judgement.Method
Verdict = Review.Verdict

LEAST_PROBABILITY = 0.0005
"""Answers less probable than this are left out of the posterior that is kept."""


# --- Writing --------------------------------------------------------------------------------
def task_judge(*, task: ReviewTask, image: Image, reviews: Sequence[Review]) -> None:
    """Judge a task that has the answers it needs, and do to its image what they say.

    Task and image are locked by the caller. An adjudication judges the task that it is
    about. Of a realism test nothing is judged: it asks about people, not about the image.
    """
    if task.kind == Kind.REALISM:
        return
    if task.kind == Kind.ADJUDICATE:
        if task.about is None:
            raise ValueError(f"Adjudication {task.pk} has lost the task that it is about.")
        judgement_supersede(task=task.about)
        _judge(task.about, image, reviews, Method.ADJUDICATED)
    elif not _judge(task, image, reviews, Method.MAJORITY).verdict:
        adjudication_ask(task=task)


def _judge(task: ReviewTask, image: Image, reviews: Sequence[Review], method: str) -> Consensus:
    """Keep what most of the answers say, and apply it."""
    posterior = shares(vote_of(review) for review in reviews)
    consensus = consensus_of(posterior, reviews, _least_agreement(task, reviews))
    judgement_write(
        task=task, method=method, consensus=consensus, posterior=posterior, reviews=reviews
    )
    image_apply(image=image, task=task, consensus=consensus)
    return consensus


def _least_agreement(task: ReviewTask, reviews: Sequence[Review]) -> float:
    if len(reviews) == 1:
        return 0.0
    return review_settings_get(task.project).least_agreement


def judgement_write(
    *,
    task: ReviewTask,
    method: str,
    consensus: Consensus,
    posterior: Posterior,
    reviews: Sequence[Review],
) -> Judgement:
    """Keep a judgement with the answers behind it. None may stand: supersede that first."""
    judgement = Judgement(
        task=task,
        method=method,
        verdict=consensus.verdict,
        annotation_class_id=consensus.class_id,
        confidence=round(consensus.confidence, 4),
        posterior=posterior_named(posterior, reviews),
    )
    with connection.cursor() as cursor:
        # One statement, as whoever gave the last answer waits for it.
        cursor.execute(
            """WITH judgement AS (
                INSERT INTO review_judgement (task_id, method, verdict, annotation_class_id,
                    confidence, posterior, created_at)
                VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp()) RETURNING id, created_at
            ), behind AS (
                INSERT INTO review_judgement_reviews (judgement_id, review_id)
                SELECT judgement.id, review FROM judgement, unnest(%s::uuid[]) review
            )
            SELECT id, created_at FROM judgement""",
            [
                task.pk,
                method,
                judgement.verdict,
                judgement.annotation_class_id,
                judgement.confidence,
                json.dumps(judgement.posterior),
                [review.pk for review in reviews],
            ],
        )
        judgement.pk, judgement.created_at = cursor.fetchone()
    judgement._state.adding = False
    return judgement


def judgement_supersede(*, task: ReviewTask) -> None:
    """Let no judgement of the task stand, as when an answer behind it is taken back."""
    task.judgements.filter(superseded_at=None).update(superseded_at=timezone.now())


def adjudication_take_back(*, task: ReviewTask) -> None:
    """Judge a disputed task by its own answers again, its adjudication having been taken back."""
    if task.about is None:
        return
    judgement_supersede(task=task.about)
    reviews = standing_reviews(task.about)
    posterior = shares(vote_of(review) for review in reviews)
    judgement_write(
        task=task.about,
        method=Method.MAJORITY,
        consensus=consensus_of(posterior, reviews, _least_agreement(task.about, reviews)),
        posterior=posterior,
        reviews=reviews,
    )


def posterior_named(posterior: Posterior, reviews: Sequence[Review]) -> dict[str, float]:
    """The posterior by names, most probable first: a class's name or a verdict."""
    names = {
        review.annotation_class_id: review.annotation_class.name
        for review in reviews
        if review.annotation_class is not None
    }
    kept = {vote: value for vote, value in posterior.items() if value >= LEAST_PROBABILITY}
    unnamed = {pk for _, pk in kept if pk} - set(names)
    if unnamed:
        names |= dict(AnnotationClass.objects.filter(pk__in=unnamed).values_list("pk", "name"))
    by_name: dict[str, float] = {}
    for (verdict, pk), value in sorted(kept.items(), key=lambda item: -item[1]):
        name = names[pk] if pk else str(verdict)
        by_name[name] = round(by_name.get(name, 0.0) + value, 4)
    return by_name


def image_apply(*, image: Image, task: ReviewTask, consensus: Consensus) -> None:
    """Do to a task's image what was judged; undecided and unclear, it stays as it is."""
    if task.kind == Kind.ANNOTATE and consensus.verdict == Verdict.CLASS:
        _image_annotate(image, consensus.class_id)
    elif task.kind == Kind.VALIDATE and consensus.verdict:
        _image_validate(image, consensus.verdict, task.expected_class_id)


def _image_annotate(image: Image, class_id: int | None) -> None:
    """Give a real image the class that people saw."""
    image.annotation_class_id = class_id
    image.status = Image.Status.ACCEPTED
    if image.split == Image.Split.POOL:
        image.split = Image.Split.TRAIN
    _image_write(image)


def _image_validate(image: Image, verdict: str, class_asked_for: int | None) -> None:
    """Accept a synthetic image that people found right, with the class it was made for."""
    if verdict == Verdict.RIGHT:
        image.status = Image.Status.ACCEPTED
        image.annotation_class_id = class_asked_for or image.annotation_class_id
    else:
        image.status = Image.Status.REFUSED
    _image_write(image)


def _image_write(image: Image) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE images_image SET annotation_class_id = %s, status = %s, split = %s"
            " WHERE id = %s",
            [image.annotation_class_id, image.status, image.split, image.pk],
        )


# --- Reading --------------------------------------------------------------------------------
def image_judgement(image: Image) -> Judgement | None:
    """The judgement that an image's state comes from; None where people have decided nothing.

    It leads to the answers behind an image's class. An image that came with its class has
    none, and an undecided or unclear judgement changes nothing.
    """
    return (
        Judgement.objects.filter(task__image=image, superseded_at=None)
        .exclude(verdict__in=["", Verdict.UNCLEAR])
        .select_related("task", "annotation_class")
        .order_by("-task__done_at")
        .first()
    )


def image_judgements(image: Image) -> list[Judgement]:
    """All that was ever judged of an image, newest first, with the answers behind each."""
    return list(
        Judgement.objects.filter(task__image=image)
        .select_related("task", "annotation_class")
        .prefetch_related("reviews__user", "reviews__annotation_class")
        .order_by("-created_at", "-pk")
    )
