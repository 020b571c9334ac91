"""What the studio can draw from: generators, directions, images to begin from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from apps.generation.models import Direction, GenerationRun
from apps.generation.selectors import generation_run_list
from apps.images.models import Image
from apps.projects.models import AnnotationClass, Project
from apps.training.doubts.selectors import outliers_of
from apps.training.learning import classifier_newest
from apps.training.models import Checkpoint, Prediction, Score, TrainingRun
from ml_engine.config import FAMILIES

NOT_WALKED = frozenset({"augmentation"})
"""Families whose latents near each other pick any two images: there is no way between them."""
UNCERTAINTY = "margin"
MADE_IN_STUDIO = "studio"
"""Under `made_by` in the parameters of a batch that somebody kept."""


def studio_generators(project: Project) -> QuerySet[Checkpoint]:
    """The project's generators in whose latent space one can walk, newest first."""
    generators = Checkpoint.objects.filter(project=project, kind=TrainingRun.Kind.GENERATOR)
    walked = generators.filter(training_run__family__in=FAMILIES.keys() - NOT_WALKED)
    return walked.select_related("training_run").order_by("-id")


def studio_generator_get(project: Project, checkpoint_id: int) -> Checkpoint:
    """One of them. Raises Http404."""
    found = studio_generators(project).filter(pk=checkpoint_id).first()
    if found is None:
        raise Http404(f"There is no generator {checkpoint_id} that the studio could walk in.")
    return found


def direction_list(project: Project, checkpoint_id: int | None = None) -> QuerySet[Direction]:
    """The project's directions, or those of one generator, in the order of their making.

    None that a later search superseded.
    """
    directions = _directions(project).filter(superseded_at=None)
    if checkpoint_id is not None:
        directions = directions.filter(checkpoint=checkpoint_id)
    return directions.order_by("pk")


def direction_get(project: Project, direction_id: int) -> Direction:
    """One of the project's directions, superseded or not. Raises Http404."""
    found = _directions(project).filter(pk=direction_id).first()
    if found is None:
        raise Http404(f"There is no direction {direction_id} in {project.name}.")
    return found


def _directions(project: Project) -> QuerySet[Direction]:
    return Direction.objects.filter(project=project).select_related("named_by")


def startable(project: Project) -> QuerySet[Image]:
    """The real images that a walk may begin from: none of those that measure, none set apart."""
    real = Image.objects.filter(project=project, origin=Image.Origin.REAL)
    return real.exclude(split__in=[Image.Split.SELECT, Image.Split.TEST]).exclude(
        status=Image.Status.QUARANTINED
    )


def uncertain_images(project: Project, most: int) -> list[Image]:
    """The guidance and pool images that the newest classifier is least sure of, as the loop aims.

    Outliers that nobody has settled are left out. None before the first scores.
    """
    checkpoint = classifier_newest(project)
    if checkpoint is None:
        return []
    scores = (
        Score.objects.filter(
            checkpoint=checkpoint,
            strategy=UNCERTAINTY,
            image__split__in=[Image.Split.GUIDANCE, Image.Split.POOL],
        )
        .exclude(image__status=Image.Status.QUARANTINED)
        .exclude(image__in=outliers_of(checkpoint))
        .order_by("-value", "image_id")
        .select_related("image__annotation_class")[:most]
    )
    return [score.image for score in scores]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A real image that a walk may begin from, and the class that it is looked for in."""

    image: Image
    annotation_class: AnnotationClass | None
    """As people said, else as the newest classifier sees it; None where neither did."""


def beginnings(project: Project, images: Sequence[Image]) -> list[Beginning]:
    """The images as starts, in their order."""
    seen = Prediction.objects.filter(
        checkpoint=classifier_newest(project), image__in=images
    ).select_related("annotation_class")
    guesses = {prediction.image_id: prediction.annotation_class for prediction in seen}
    return [Beginning(image, image.annotation_class or guesses.get(image.pk)) for image in images]


def kept_batches(project: Project) -> QuerySet[GenerationRun]:
    """What people kept in the studio, newest first, counted by what others said of it."""
    return generation_run_list(project).filter(parameters__made_by=MADE_IN_STUDIO)
