"""A fragment for an image's page: its lineage."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.generation.lineage import image_lineage as lineage_of
from apps.generation.lineage import nearest_images
from apps.images.selectors import image_get
from apps.projects.selectors import project_get_for
from apps.training.refinement import turns_fed_with


@login_required
@require_safe
def image_lineage(request: HttpRequest, slug: str, image_id: int) -> HttpResponse:
    """What made a synthetic image, the uncertain image that it was aimed at, who learnt from it."""
    project = project_get_for(request.user, slug)
    lineage = lineage_of(image_get(project, image_id))
    context = {
        "project": project,
        "lineage": lineage,
        "nearest": nearest_images(lineage),
        "turns": turns_fed_with(lineage.image),
    }
    return render(request, "generation/_image_lineage.html", context)
