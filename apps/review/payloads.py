"""What a reviewer is shown of a task: the image, and the evidence beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.selectors import review_settings_get

MOST_NEAREST = 6


def tasks_payload(project: Project, tasks: Sequence[ReviewTask]) -> list[dict[str, Any]]:
    """The tasks as the API tells them, their evidence read in two queries.

    Evidence comes from `ReviewTask.context`, all of it optional: annotation_class,
    parent, parent_distance, nearest ([[image id, distance], …]), uncertainty,
    strategy, score, guess and generation_run. Images that are gone, or that are
    another project's, are left out.
    """
    evidence = _images(project, {pk for task in tasks for pk in _image_ids(task.context)})
    class_names = dict(project.annotation_classes.values_list("pk", "name"))
    shows_guess = review_settings_get(project).show_guess

    def nearby(image_id: Any, distance: Any) -> dict[str, Any] | None:
        image = evidence.get(image_id)
        if image is None:
            return None
        return {
            **_image_payload(project, image),
            "class": class_names.get(image.annotation_class_id or 0),
            "distance": distance,
        }

    def payload(task: ReviewTask) -> dict[str, Any]:
        context = task.context
        nearest = [nearby(pk, distance) for pk, distance in _nearest(context)]
        return {
            "id": task.pk,
            "kind": task.kind,
            "round": task.round_number,
            "reason": task.reason,
            "image": _image_payload(project, task.image),
            "asked_class": class_names.get(context.get("annotation_class")),
            "guess": class_names.get(context.get("guess")) if shows_guess else None,
            "uncertainty": context.get("uncertainty"),
            "strategy": context.get("strategy"),
            "score": context.get("score"),
            "generation_run": context.get("generation_run"),
            "parent": nearby(context.get("parent"), context.get("parent_distance")),
            "nearest": [image for image in nearest if image is not None],
        }

    return [payload(task) for task in tasks]


def _nearest(context: dict[str, Any]) -> list[tuple[int, float]]:
    return [(pair[0], pair[1]) for pair in context.get("nearest", [])[:MOST_NEAREST]]


def _image_ids(context: dict[str, Any]) -> list[int]:
    parent = context.get("parent")
    return [pk for pk, _ in _nearest(context)] + ([parent] if parent else [])


def _images(project: Project, ids: set[int]) -> dict[int, Image]:
    return Image.objects.filter(project=project).in_bulk(ids)


def _image_payload(project: Project, image: Image) -> dict[str, Any]:
    return {
        "id": image.pk,
        "url": reverse("image_file", args=[project.slug, image.pk]),
        "thumbnail_url": reverse("image_thumbnail", args=[project.slug, image.pk]),
        "width": image.width,
        "height": image.height,
    }
