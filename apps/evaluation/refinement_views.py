"""The page about refinement: what its turns changed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.evaluation.refinement import refinement_reports
from apps.evaluation.views import PURPOSES
from apps.projects.selectors import project_get_for
from apps.training.refinement import refinement_turn_list

PAGE_SIZE = 20


@login_required
@require_safe
def refinement(request: HttpRequest, slug: str) -> HttpResponse:
    """Both models before and after each turn of refinement, newest first."""
    project = project_get_for(request.user, slug)
    turns = refinement_turn_list(project)
    page = Paginator(turns, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "section": "models",
        "page": page,
        "reports": refinement_reports(project, list(page.object_list)),
        "purpose": "refinement",
        "purposes": PURPOSES,
    }
    return render(request, "evaluation/refinement.html", context)
