"""Reading batches of synthetic images."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from apps.generation.models import GenerationRun
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import AcceptanceTest
from apps.training.models import Checkpoint


def generation_run_list(project: Project) -> QuerySet[GenerationRun]:
    """The project's batches, newest first, each with its images counted by what people said."""
    status = "synthetic_images__image__status"
    return (
        GenerationRun.objects.filter(project=project)
        .select_related("checkpoint", "job")
        .annotate(
            image_count=Count("synthetic_images"),
            accepted_count=Count("synthetic_images", filter=Q(**{status: Image.Status.ACCEPTED})),
            refused_count=Count("synthetic_images", filter=Q(**{status: Image.Status.REFUSED})),
        )
        .order_by("-id")
    )


def tested_batches(project: Project) -> QuerySet[GenerationRun]:
    """The batches that were put to people with an acceptance test, newest first."""
    tested = AcceptanceTest.objects.filter(project=project, annotation_class=None)
    return generation_run_list(project).filter(pk__in=tested.values("batch"))


def held_batches(project: Project) -> QuerySet[GenerationRun]:
    """The batches that were held back from people and still are, newest first."""
    held = generation_run_list(project).filter(released_at=None).exclude(held_reason="")
    return held.select_related("checkpoint__training_run")


def strata_of(generation_run: GenerationRun) -> dict[int, int]:
    """How many of a batch's images were made for each class, by the class's id."""
    classes = generation_run.synthetic_images.order_by("annotation_class__position")
    return dict(classes.values_list("annotation_class_id").annotate(Count("pk")))


def generation_runs_of(checkpoint: Checkpoint) -> QuerySet[GenerationRun]:
    """The batches that one generator's checkpoint made, newest first."""
    return generation_run_list(checkpoint.project).filter(checkpoint=checkpoint)
