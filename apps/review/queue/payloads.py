"""What a reviewer is shown of a task: the image, and the evidence beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import prefetch_related_objects
from django.urls import reverse

from apps.projects.models import Project
from apps.review.answers.adjudication import disputed_answers
from apps.review.models import ReviewTask
from apps.review.queue.reservations import Held
from apps.review.queue.taking import Offer

MOST_NEAREST = 6
Kind = ReviewTask.Kind


def tasks_payload(project: Project, held: Held) -> list[dict[str, Any]]:
    """The tasks as the API tells them to the person who holds them.

    Evidence comes from `ReviewTask.context`, all of it optional: annotation_class,
    parent, parent_distance, nearest ([[image id, distance], …]), uncertainty,
    strategy, strategy_name, score, place, why, guess and generation_run. Images that are
    gone, or that are another project's, are left out. Of a realism task nothing is told but its
    picture; a gold task is told as the others are.
    """
    tasks, shows_guess = held.tasks, held.policy.settings.show_guess
    addresses = Addresses(project)
    contexts = {task.pk: {} if task.kind == Kind.REALISM else task.context for task in tasks}
    evidence = _Evidence(project, addresses, contexts.values())
    adjudications = [task for task in tasks if task.kind == Kind.ADJUDICATE]
    answers = disputed_answers(adjudications) if adjudications else {}
    prefetch_related_objects(adjudications, "about")
    prefetch_related_objects([t for t in tasks if t.kind == Kind.REALISM], "realism_test")
    newest_round = max((task.round_number or 0 for task in tasks), default=0) or None

    def payload(offer: Offer) -> dict[str, Any]:
        task = offer.task
        context, is_gold = contexts[task.pk], task.status == ReviewTask.Status.GOLD
        return {
            "id": task.pk,
            "kind": task.kind,
            "round": newest_round if is_gold else task.round_number,
            "reason": "" if task.kind == Kind.REALISM else task.reason,
            "image": addresses.task_image(task),
            "asked_class": evidence.class_name(context.get("annotation_class")),
            "guess": evidence.class_name(context.get("guess")) if shows_guess else None,
            "uncertainty": context.get("uncertainty"),
            "strategy": context.get("strategy"),
            "strategy_name": context.get("strategy_name") or context.get("strategy"),
            "score": context.get("score"),
            "place": context.get("place"),
            "why": context.get("why", ""),
            "generation_run": context.get("generation_run"),
            "parent": evidence.image(context.get("parent"), context.get("parent_distance")),
            "nearest": evidence.nearest(context),
            "exposure_ms": task.realism_test.exposure_ms if task.realism_test else None,
            "bookmarked": offer.is_bookmarked,
            "answers": answers.get(task.pk, []),
            "about_kind": task.about.kind if task.about else None,
        }

    return [payload(offer) for offer in held.offers]


def task_images_payload(project: Project, tasks: Sequence[ReviewTask]) -> dict[int, dict[str, Any]]:
    """The image of each task, by the task's id, as `tasks_payload` tells it."""
    addresses = Addresses(project)
    return {task.pk: addresses.task_image(task) for task in tasks}


class Addresses:
    """Where a project's images are. Each route is looked up once, for a hold tells of hundreds."""

    def __init__(self, project: Project) -> None:
        self._file = _around_id(project, "image_file")
        self._thumbnail = _around_id(project, "image_thumbnail")
        self._blind = _around_id(project, "review_task_image")

    def image(self, image_id: int, width: int, height: int) -> dict[str, Any]:
        """An image, with its size in pixels."""
        return {
            "id": image_id,
            "url": f"{self._file[0]}{image_id}{self._file[1]}",
            "thumbnail_url": f"{self._thumbnail[0]}{image_id}{self._thumbnail[1]}",
            "width": width,
            "height": height,
        }

    def task_image(self, task: ReviewTask) -> dict[str, Any]:
        """A task's image; where the look is blind, what tells nothing of its origin."""
        if task.kind != Kind.REALISM:
            return self.image(task.image_id, task.image.width, task.image.height)
        width, height = task.context["size"]
        url = f"{self._blind[0]}{task.pk}{self._blind[1]}"
        return {"id": None, "url": url, "thumbnail_url": url, "width": width, "height": height}


def _around_id(project: Project, route: str) -> tuple[str, str]:
    """What stands before and after the id in a route's address."""
    before, _, after = reverse(route, args=[project.slug, 0]).rpartition("0")
    return before, after


class _Evidence:
    """The images and classes that contexts name, read in two queries."""

    def __init__(
        self, project: Project, addresses: Addresses, contexts: Collection[dict[str, Any]]
    ) -> None:
        self._addresses = addresses
        ids = {pk for context in contexts for pk in _image_ids(context)}
        with connection.cursor() as cursor:
            # By hand and in one, as they are hundreds, and only this is wanted of them.
            cursor.execute(
                """SELECT id, NULL, width, height, annotation_class_id FROM images_image
                WHERE id = ANY(%(images)s::bigint[]) AND project_id = %(project)s
                UNION ALL SELECT id, name, NULL, NULL, NULL FROM projects_annotationclass
                WHERE project_id = %(project)s""",
                {"images": list(ids), "project": project.pk},
            )
            rows = cursor.fetchall()
        self._names = {pk: name for pk, name, *_ in rows if name is not None}
        self._images = {pk: values for pk, name, *values in rows if name is None}

    def class_name(self, class_id: int | None) -> str | None:
        """A class's name; None where there is no such class."""
        return None if class_id is None else self._names.get(class_id)

    def image(self, image_id: Any, distance: Any) -> dict[str, Any] | None:
        """A real image to compare with; None where there is no such image."""
        if image_id not in self._images:
            return None
        width, height, class_id = self._images[image_id]
        told = self._addresses.image(image_id, width, height)
        return {**told, "class": self.class_name(class_id), "distance": distance}

    def nearest(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        """The nearest real images that there are."""
        near = [self.image(pk, distance) for pk, distance in _nearest(context)]
        return [image for image in near if image is not None]


def _nearest(context: dict[str, Any]) -> list[tuple[int, float]]:
    return [(pair[0], pair[1]) for pair in context.get("nearest", [])[:MOST_NEAREST]]


def _image_ids(context: dict[str, Any]) -> list[int]:
    parent = context.get("parent")
    return [pk for pk, _ in _nearest(context)] + ([parent] if parent else [])
