"""Beginning without annotations: people first look at a random draw of the pool.

The draw is random so that `select` and `test`, which get their share of it,
look like the images that will come.
"""

from __future__ import annotations

from apps.images.models import Image
from apps.images.splits.drawing import fraction
from apps.loops.models import Loop
from apps.loops.services import loop_fail, loop_reason_set, seed_of, what_is_missing
from apps.review.models import ReviewTask
from apps.review.services import Question, review_tasks_create

REASON = "random (cold start)"
LOOKS_A_CLASS = 10
SHARES = ((Image.Split.SELECT, 0.25), (Image.Split.TEST, 0.25))
"""Of the draw, for each split that has no annotated images yet; the rest is trained on."""


def first_annotations_ask_for(*, loop: Loop) -> None:
    """Put a random draw into the queue, unless the last one is still being looked at."""
    asked = ReviewTask.objects.filter(project=loop.project, reason=REASON)
    if asked.filter(status=ReviewTask.Status.OPEN).exists():
        return
    images = _random_draw(loop)
    if not images:
        loop_fail(loop=loop, reason=what_is_missing(loop.project))
        return
    _splits_share_out(loop, images)
    seed = seed_of(loop.seed, "cold start")
    review_tasks_create(
        project=loop.project,
        round_number=None,
        questions=[
            Question(
                image=image,
                kind=ReviewTask.Kind.ANNOTATE,
                priority=fraction(seed + 1, image.sha256),
                reason=REASON,
            )
            for image in images
        ],
    )
    loop_reason_set(
        loop=loop,
        reason=f"Before the first round, people annotate {len(images)} images drawn at random;"
        " it begins by itself when they are done.",
    )


def _random_draw(loop: Loop) -> list[Image]:
    count = max(loop.annotate_per_round, LOOKS_A_CLASS * loop.project.annotation_classes.count())
    pool = Image.objects.filter(
        project=loop.project,
        split=Image.Split.POOL,
        status=Image.Status.UNREVIEWED,
        review_tasks__isnull=True,
    )
    seed = seed_of(loop.seed, "cold start")
    return sorted(pool, key=lambda image: fraction(seed, image.sha256))[:count]


def _splits_share_out(loop: Loop, images: list[Image]) -> None:
    annotated = Image.objects.filter(project=loop.project, annotation_class__isnull=False)
    begin = 0
    for split, share in SHARES:
        if annotated.filter(split=split).exists():
            continue
        end = begin + round(share * len(images))
        mine = [image.pk for image in images[begin:end]]
        Image.objects.filter(pk__in=mine).update(split=split)
        begin = end
