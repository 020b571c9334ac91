"""Fragments for pages below: what the newest classifier makes of an image."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.images.selectors import image_get
from apps.projects.selectors import project_get_for
from apps.training.neighbours import neighbour_list, prediction_get


@login_required
@require_safe
def image_neighbours(request: HttpRequest, slug: str, image_id: int) -> HttpResponse:
    """The real images nearest to one, and the classifier's guess about it."""
    project = project_get_for(request.user, slug)
    prediction = prediction_get(image_get(project, image_id))
    context = {
        "project": project,
        "prediction": prediction,
        "neighbours": neighbour_list(prediction) if prediction else [],
    }
    return render(request, "training/_image_neighbours.html", context)
