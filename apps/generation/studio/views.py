"""The page of the studio."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.generation.models import SyntheticImage
from apps.generation.studio.recipes import MOST_DEVIATIONS, id_read
from apps.generation.studio.selectors import (
    Beginning,
    beginnings,
    kept_batches,
    startable,
    studio_generators,
    uncertain_images,
)
from apps.generation.studio.services import METHODS, MOST_KEPT
from apps.images.models import Image
from apps.projects.models import Project
from apps.projects.selectors import RANK, Role, annotation_class_list, project_enter
from apps.training.models import Checkpoint

MOST_GENERATORS = 50
MOST_UNCERTAIN = 12
MOST_BATCHES = 5


@login_required
@require_safe
def studio(request: HttpRequest, slug: str) -> HttpResponse:
    """A generator's latent space by hand; `?checkpoint=` and `?image=` say where to begin."""
    project, role = project_enter(request.user, slug)
    generators = list(studio_generators(project)[:MOST_GENERATORS])
    image = _image_named(project, request.GET.get("image", ""))
    context = {
        "project": project,
        "section": "studio",
        "generators": generators,
        "classes": annotation_class_list(project),
        "uncertain": _uncertain(project) if generators else [],
        "kept": kept_batches(project)[:MOST_BATCHES],
        "may_keep": RANK[role] >= RANK[Role.REVIEWER],
        "manages": role == Role.MANAGER,
        "methods": METHODS,
        "data": {
            "slug": project.slug,
            "generators": [_generator(one) for one in generators],
            "chosen": _chosen(generators, request.GET.get("checkpoint", ""), image),
            "image": _start(image) if image else None,
            "image_address": reverse("image_detail", args=[project.slug, 0]),
            "thumbnail_address": reverse("image_thumbnail", args=[project.slug, 0]),
            "job_address": reverse(
                "job_detail", args=[project.slug, "00000000-0000-0000-0000-000000000000"]
            ),
            "may_keep": RANK[role] >= RANK[Role.REVIEWER],
            "manages": role == Role.MANAGER,
            "most_deviations": MOST_DEVIATIONS,
            "most_kept": MOST_KEPT,
        },
    }
    return render(request, "generation/studio.html", context)


def _uncertain(project: Project) -> list[Beginning]:
    return beginnings(project, uncertain_images(project, MOST_UNCERTAIN))


def _generator(checkpoint: Checkpoint) -> dict[str, Any]:
    # Null where the family has no style to be kept near.
    return {"id": checkpoint.pk, "truncation": checkpoint.training_run.config.get("truncation")}


def _image_named(project: Project, text: str) -> Image | None:
    """The image that the address names, where a walk may begin from it."""
    image_id = id_read(text)
    if image_id is None:
        return None
    images = Image.objects.filter(project=project, pk=image_id).select_related("project")
    synthetic = images.filter(origin=Image.Origin.SYNTHETIC)
    return (images.filter(pk__in=startable(project)) | synthetic).first()


def _start(image: Image) -> dict[str, Any]:
    lineage = SyntheticImage.objects.filter(image=image).select_related("generation_run").first()
    if lineage:
        made_by = lineage.generation_run.checkpoint_id
        return {"id": image.pk, "class": lineage.annotation_class_id, "checkpoint": made_by}
    [begun] = beginnings(image.project, [image])
    known = begun.annotation_class
    return {"id": image.pk, "class": known.pk if known else None, "checkpoint": None}


def _chosen(generators: list[Checkpoint], asked: str, image: Image | None) -> int | None:
    """The generator to begin with: that of the image, that asked for, or the newest."""
    ids = [checkpoint.pk for checkpoint in generators]
    made_by = _start(image)["checkpoint"] if image else None
    wished = made_by or id_read(asked)
    return wished if wished in ids else (ids[0] if ids else None)
