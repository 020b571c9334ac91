"""Which images a generator learns from, and who judges it meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.images.models import Image
from apps.images.splits.drawing import draw
from apps.projects.models import Project
from apps.review.models import Judgement, Review, ReviewTask
from apps.training.families import config_known
from apps.training.models import Checkpoint, Prediction, TrainingRun
from ml_engine.config import (
    GeneratorConfig,
    TrainedConfig,
    settings_of,
)

TrainingRow = tuple[str, int]
"""An image's SHA-256 and the position of the class that it is trained as."""


def annotated_rows(project: Project) -> list[TrainingRow]:
    """Every annotated real image that may be trained on, as it is now, in order of the hashes."""
    return sorted(_annotated(project).values_list("sha256", "annotation_class__position"))


def _annotated(project: Project) -> QuerySet[Image]:
    return Image.objects.filter(
        project=project,
        origin=Image.Origin.REAL,
        split=Image.Split.TRAIN,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
    )


def generator_rows(
    *,
    checkpoint: Checkpoint | None,
    annotated: Iterable[TrainingRow],
    learn_from_pool: bool,
    confidence: float,
) -> list[TrainingRow]:
    """The real images that a generator learns from: annotated ones and, where it is allowed, the
    sure pool.

    A pool image joins with the class that the classifier `checkpoint` is sure of. Guidance,
    select and test images never do. Synthetic ones join in a turn of refinement alone
    (`refinement_draw`).
    """
    rows = list(annotated)
    if learn_from_pool and checkpoint:
        sure = _sure(checkpoint, confidence)
        rows += list(sure.values_list("image__sha256", "annotation_class__position"))
    return sorted(rows)


def _sure(checkpoint: Checkpoint, confidence: float) -> QuerySet[Prediction]:
    """What the classifier is sure of among unannotated pool images."""
    return Prediction.objects.filter(
        checkpoint=checkpoint,
        image__split=Image.Split.POOL,
        image__status=Image.Status.UNREVIEWED,
        confidence__gte=confidence,
    )


def accepted_synthetic(project: Project) -> QuerySet[Image]:
    """The synthetic images that people looked at and found right.

    Those of a certified batch that nobody looked at are none of them.
    """
    found_right = Judgement.objects.filter(
        task__project=project,
        task__kind=ReviewTask.Kind.VALIDATE,
        superseded_at=None,
        verdict=Review.Verdict.RIGHT,
    )
    return Image.objects.filter(
        project=project,
        origin=Image.Origin.SYNTHETIC,
        split=Image.Split.TRAIN,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
        pk__in=found_right.values("task__image"),
    )


def accepted_synthetic_rows(project: Project) -> list[TrainingRow]:
    """These, with the class that people accepted, in order of the hashes."""
    return sorted(accepted_synthetic(project).values_list("sha256", "annotation_class__position"))


def refinement_draw(
    real: Iterable[TrainingRow], agreed: Sequence[TrainingRow], seed: int
) -> list[TrainingRow]:
    """Which synthetic rows join the real ones: of each class at most as many, in the seed's order.

    So what is made adds to what is real and never outnumbers it.
    """
    room = Counter(position for _, position in real)
    drawn: list[TrainingRow] = []
    for sha256, position in sorted(agreed, key=lambda row: draw(seed, row[0])):
        if room[position] > 0:
            room[position] -= 1
            drawn.append((sha256, position))
    return sorted(drawn)


def classifier_newest(project: Project) -> Checkpoint | None:
    """The classifier that the loop trained last; it judges generators."""
    deployed = Checkpoint.objects.filter(
        project=project, kind=TrainingRun.Kind.CLASSIFIER, training_run__purpose="deployed"
    )
    return deployed.order_by("-pk").first()


@dataclass(frozen=True, slots=True)
class Learnable:
    """How many images a generator can learn from, and by which classifier it would be judged."""

    annotated: int
    pool: int
    """Unannotated ones whose class the classifier is sure enough of."""
    judge: Checkpoint | None


def learnable(project: Project, confidence: float) -> Learnable:
    """What there is to learn from, with pool images from that calibrated confidence on."""
    judge = classifier_newest(project)
    pool = _sure(judge, confidence).count() if judge else 0
    return Learnable(_annotated(project).count(), pool, judge)


def warm_start_for(project: Project, config: GeneratorConfig) -> Checkpoint | None:
    """The newest generator whose networks are those of `config`, to be trained on; None without.

    How long and on what it was trained may differ: that does not change its networks.
    """
    checkpoints = Checkpoint.objects.filter(
        project=project, kind=TrainingRun.Kind.GENERATOR, training_run__family=config.family
    ).select_related("training_run")
    alike = (one for one in checkpoints.order_by("-pk") if _has_networks_of(one, config))
    return next(alike, None)


def _has_networks_of(checkpoint: Checkpoint, config: GeneratorConfig) -> bool:
    theirs = config_known(checkpoint.training_run)
    if theirs is None:
        return False
    shapes = set(settings_of(type(config))) - set(settings_of(TrainedConfig))
    return all(getattr(theirs, name) == getattr(config, name) for name in shapes)
