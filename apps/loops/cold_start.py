"""Beginning without annotations: people first look at a random draw of the pool.

The draw is random so that `select` and `test`, which get their share of it,
look like the images that will come. What class an image has is known only afterwards:
then a project with a split policy gets its least numbers out of what was drawn.
"""

from __future__ import annotations

from itertools import groupby

from apps.images.models import Image, SplitPolicy
from apps.images.splits.arrivals import annotated_real
from apps.images.splits.drawing import fraction, group_key
from apps.images.splits.parted import groups_drawn, moves_write
from apps.images.splits.reading import ClassSplits, class_splits, split_policy_get
from apps.images.splits.shares import MEASURING, Group, least_of, parting
from apps.loops.models import Loop, Round
from apps.loops.services import loop_fail, loop_reason_set, seed_of, what_is_missing
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.services import Question, review_tasks_create

REASON = "random (cold start)"
LOOKS_A_CLASS = 10
SHARE = 0.25
"""Of the draw, for each of select and test that has no annotated image yet; the rest is trained
on."""
MOST_DRAWS = 3
"""More are not asked for a class that people have seen too rarely to measure it."""


def first_annotations_await(*, loop: Loop) -> bool:
    """Whether the first round waits for people; asks them where nobody has been asked yet."""
    asked = ReviewTask.objects.filter(project=loop.project, reason=REASON)
    if missing := what_is_missing(loop.project):
        if not _is_open(loop.project):
            _ask_for(
                loop,
                "Before the first round, people annotate {count} images drawn at random;"
                " it begins by itself when they are done.",
                otherwise=missing,
            )
        return True
    policy = split_policy_get(loop.project)
    if policy is None or not asked.exists() or Round.objects.filter(project=loop.project).exists():
        return False
    if _is_open(loop.project):
        return True
    _answered_part(policy)
    unmeasured = [
        standing.name
        for standing in class_splits(loop.project)
        if standing.total and not all(standing.counts[split] for split in MEASURING)
    ]
    if not unmeasured or asked.count() >= MOST_DRAWS * _draw_size(loop):
        return False
    return _ask_for(
        loop,
        f"Too few images of {', '.join(unmeasured)} were found to measure on: before the first"
        " round, people annotate {count} more drawn at random.",
    )


def _is_open(project: Project) -> bool:
    return ReviewTask.objects.filter(
        project=project, reason=REASON, status=ReviewTask.Status.OPEN
    ).exists()


def _ask_for(loop: Loop, words: str, *, otherwise: str = "") -> bool:
    """Put a random draw into the queue; where the pool is empty, False, and what is `otherwise`."""
    images = _random_draw(loop)
    if not images:
        if otherwise:
            loop_fail(loop=loop, reason=otherwise)
        return False
    _splits_share_out(loop.project, images)
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
    loop_reason_set(loop=loop, reason=words.format(count=len(images)))
    return True


def _draw_size(loop: Loop) -> int:
    return max(loop.annotate_per_round, LOOKS_A_CLASS * loop.project.annotation_classes.count())


def _random_draw(loop: Loop) -> list[Image]:
    """Near-duplicates stand together in it, as they are drawn by what they share."""
    pool = Image.objects.filter(
        project=loop.project,
        split=Image.Split.POOL,
        status=Image.Status.UNREVIEWED,
        review_tasks__isnull=True,
    )
    seed = seed_of(loop.seed, "cold start")
    drawn = sorted(pool, key=lambda image: (fraction(seed, group_key(image)), image.sha256))
    return drawn[: _draw_size(loop)]


def _splits_share_out(project: Project, images: list[Image]) -> None:
    """Give select and test their share of a draw, where they have nothing; no group is torn."""
    annotated = Image.objects.filter(project=project, annotation_class__isnull=False)
    wanted = {
        str(split): round(SHARE * len(images))
        for split in MEASURING
        if not annotated.filter(split=split).exists()
    }
    # Their classes are not known yet, so all of them are parted as if of one.
    groups = (
        Group(key, 0, [image.pk for image in members])
        for key, members in groupby(images, key=group_key)
    )
    moves_write(project, list(parting(groups, {0: wanted})))


def _answered_part(policy: SplitPolicy) -> None:
    """Bring each class to its least number in select and test, out of what was drawn for train.

    The draw was random, and no model has seen it yet.
    """
    drawn = annotated_real(policy.project_id).filter(
        split=Image.Split.TRAIN,
        group__isnull=True,
        trained__isnull=True,
        review_tasks__reason=REASON,
    )
    wanted = {
        standing.position: _lacks(policy, standing) for standing in class_splits(policy.project)
    }
    moves_write(policy.project, list(parting(groups_drawn(drawn, policy.seed), wanted)))


def _lacks(policy: SplitPolicy, standing: ClassSplits) -> dict[str, int]:
    least = least_of(policy, standing.total)
    return {str(split): least - standing.counts[split] for split in MEASURING}
