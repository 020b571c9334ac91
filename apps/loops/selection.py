"""What people are asked about, and what generation aims at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Any

from django.db.models import QuerySet

from apps.generation.models import GenerationRun, SyntheticImage
from apps.generation.targets import Target
from apps.images.models import Image
from apps.images.slices.selectors import slice_images, slice_list
from apps.images.splits.drawing import draw, fraction
from apps.loops.models import Loop
from apps.projects.models import Project
from apps.review.batches.drawing import interleaved
from apps.review.models import ReviewTask
from apps.review.services import Question
from apps.training.doubts.selectors import outliers_of
from apps.training.models import Checkpoint, Prediction, Score
from ml_engine.config import BATCH_STRATEGIES

RANDOM = "random (control)"
ANNOTATE_FIRST = 1.0
"""Real images are asked about before synthetic ones, whose priorities lie between 0 and 1."""
AIM_BESIDE_BATCHES = "margin"
IMAGES_A_TARGET = 2
"""So many synthetic images are wanted of each uncertain image that is aimed at."""


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """An image and how unsure the checkpoint is about it."""

    image: Image
    value: float


def annotation_questions(
    *,
    checkpoint: Checkpoint,
    strategy: str,
    count: int,
    random_share: float,
    seed: int,
    why: str = "",
) -> list[Question]:
    """The pool images to ask people about: the least sure, and a random share as the control.

    By a batch strategy they are those that it chose when the checkpoint's scores were made. None
    is an outlier that nobody has settled. `why` says why this strategy asks, where it must be said.
    """
    unseen = Score.objects.filter(
        checkpoint=checkpoint,
        image__split=Image.Split.POOL,
        image__status=Image.Status.UNREVIEWED,
    ).exclude(image__in=outliers_of(checkpoint))
    random_count = round(count * random_share)
    by_chance = sorted(
        unseen.filter(strategy="random").values_list("image_id", "image__sha256"),
        key=lambda row: draw(seed, row[1]),
    )[:random_count]
    chosen = {image_id for image_id, _ in by_chance}
    least_sure = (
        unseen.filter(strategy=strategy)
        .exclude(image_id__in=chosen)
        .order_by("-value", "image__sha256")
        .values_list("image_id", flat=True)[: count - len(chosen)]
    )
    reasons = dict.fromkeys(chosen, RANDOM) | dict.fromkeys(least_sure, strategy)
    told = {"strategy": strategy, "strategy_name": str(Loop.Strategy(strategy).label), "why": why}
    return _annotate(checkpoint, told, reasons, seed, count)


def _annotate(
    checkpoint: Checkpoint, told: dict[str, Any], reasons: dict[int, str], seed: int, count: int
) -> list[Question]:
    guesses = dict(
        Prediction.objects.filter(checkpoint=checkpoint, image_id__in=reasons).values_list(
            "image_id", "annotation_class_id"
        )
    )
    scores = list(
        Score.objects.filter(checkpoint=checkpoint, strategy=told["strategy"], image_id__in=reasons)
        .select_related("image")
        # Of equally unsure images the queue asks first about the one that it got first.
        .order_by("-value", "image__sha256")
    )
    return [
        Question(
            image=score.image,
            kind=ReviewTask.Kind.ANNOTATE,
            priority=ANNOTATE_FIRST + place,
            reason=reasons[score.image_id],
            context={
                **told,
                **_value(told["strategy"], score.value, count),
                "guess": guesses[score.image_id],
            },
            expected_class=guesses[score.image_id],
        )
        for score, place in _interleaved(scores, reasons, seed)
    ]


def _value(strategy: str, value: float, count: int) -> dict[str, Any]:
    """What a score says: how unsure, or of a batch strategy, which of `count` it chose."""
    if strategy not in BATCH_STRATEGIES:
        return {"score": round(value, 4)}
    return {"place": round((1 - value) * count) + 1} if value > 0 else {}


def _interleaved(
    scores: list[Score], reasons: dict[int, str], seed: int
) -> Iterator[tuple[Score, float]]:
    """Each image with its place in the queue, from 1 (first) to 0.

    The random ones stand anywhere among the others: were they asked about last,
    a quota that is met early would leave the control out.
    """
    chosen = [score for score in scores if reasons[score.image_id] != RANDOM]
    for number, score in enumerate(chosen):
        yield score, 1 - (number + 0.5) / len(chosen)
    for score in scores:
        if reasons[score.image_id] == RANDOM:
            # Another draw than the one that chose them: that one put them first.
            yield score, fraction(seed + 1, score.image.sha256)


def aim_targets(
    *,
    checkpoint: Checkpoint,
    strategy: str,
    keep: int,
    left_out: Container[int] = (),
    slice_quota: float = 0.0,
) -> list[Target]:
    """The least sure guidance and pool images, with the class to generate, and why they.

    A guidance image's class is known; a pool image's is the checkpoint's guess. A batch strategy
    says nothing of single images, so with it the least sure are those of the smallest margin.
    Outliers that nobody has settled are not aimed at: their like would be made.
    Classes `left_out`, by their positions, are not aimed at. A share `slice_quota`, 0 to 1, of the
    targets are the least sure of the slices that are marked for it, which take turns; they stand
    first, and where these slices have too few, the rest fill up.
    """
    guesses = dict(
        Prediction.objects.filter(checkpoint=checkpoint).values_list(
            "image_id", "annotation_class__position"
        )
    )
    unsure_by = AIM_BESIDE_BATCHES if strategy in BATCH_STRATEGIES else strategy
    rows = (
        Score.objects.filter(
            checkpoint=checkpoint,
            strategy=unsure_by,
            image__split__in=[Image.Split.GUIDANCE, Image.Split.POOL],
        )
        .exclude(image__status=Image.Status.QUARANTINED)
        .exclude(image__in=outliers_of(checkpoint))
        .order_by("-value", "image__sha256")
        .values_list("image_id", "image__sha256", "image__annotation_class__position", "value")
    )

    def least_sure(among: QuerySet[Score, Any] = rows, slice_name: str = "") -> Iterator[Target]:
        for image_id, sha256, position, score in among.iterator():
            aimed_for = guesses[image_id] if position is None else position
            if aimed_for not in left_out:
                yield Target(sha256, aimed_for, unsure_by, score, slice_name)

    count = max(1, keep // IMAGES_A_TARGET)
    quota = round(count * slice_quota)
    queues = [
        list(islice(least_sure(part, name), quota))
        for name, part in (_slice_parts(checkpoint.project, rows) if quota else [])
    ]
    first = _in_turn(queues, quota)
    rest = (target for target in least_sure() if target.sha256 not in first)
    return [*first.values(), *islice(rest, count - len(first))]


def _slice_parts(
    project: Project, rows: QuerySet[Score, Any]
) -> Iterator[tuple[str, QuerySet[Score, Any]]]:
    """The name of each slice that is aimed at and its share of these rows, by the names."""
    for slice_ in slice_list(project).filter(is_aimed_at=True):
        yield slice_.name, rows.filter(image__in=slice_images(slice_).order_by())


def _in_turn(queues: list[list[Target]], count: int) -> dict[str, Target]:
    """Up to `count` targets by their hashes, none twice: the queues give their next one in turn."""
    taken: dict[str, Target] = {}
    for target in chain.from_iterable(zip_longest(*queues)):
        if target is not None and len(taken) < count:
            taken.setdefault(target.sha256, target)
    return taken


def validation_questions(
    *, generation_run: GenerationRun, seed: int, reason: str = "random draw of the batch"
) -> list[Question]:
    """The batch's images in a random order in which its classes take fair turns.

    So the first looks, however few, are a fair draw of it. The queue asks in this order,
    whether it goes by score or by age.
    """
    lineages = SyntheticImage.objects.filter(
        generation_run=generation_run, image__status=Image.Status.UNREVIEWED
    ).select_related("image")
    by_class: dict[int, list[SyntheticImage]] = defaultdict(list)
    for lineage in sorted(lineages, key=lambda lineage: draw(seed, lineage.image.sha256)):
        by_class[lineage.annotation_class_id].append(lineage)
    drawn = interleaved(
        by_class,
        jitter=lambda item: fraction(seed + 1, item.image.sha256),
        start=fraction(seed, "start"),
    )
    return [
        Question(
            image=lineage.image,
            kind=ReviewTask.Kind.VALIDATE,
            priority=1 - (number + 0.5) / len(drawn),
            reason=reason,
            context=_evidence(lineage, generation_run),
            expected_class=lineage.annotation_class_id,
            batch=generation_run.pk,
        )
        for number, lineage in enumerate(drawn)
    ]


def _evidence(lineage: SyntheticImage, generation_run: GenerationRun) -> dict[str, Any]:
    return {
        "annotation_class": lineage.annotation_class_id,
        "parent": lineage.parent_id,
        "parent_distance": lineage.parent_distance,
        "nearest": lineage.nearest,
        "uncertainty": lineage.uncertainty,
        "generation_run": generation_run.pk,
    }
