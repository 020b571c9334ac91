"""The blind picture of a realism test's task."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.accounts.selectors import person_of
from apps.projects.selectors import project_get_for
from apps.review.batches.realism import blind_picture, may_look
from apps.review.models import ReviewTask


@login_required
@require_safe
def task_image(request: HttpRequest, slug: str, task_id: int) -> HttpResponse:
    """The picture, for whoever holds or answered the task; the same headers for every one."""
    project = project_get_for(request.user, slug)
    task = get_object_or_404(ReviewTask, project=project, pk=task_id, kind=ReviewTask.Kind.REALISM)
    missing = Http404(f"You hold no realism task {task_id}.")
    if not may_look(person_of(request), task):
        raise missing
    try:
        picture = blind_picture(task)
    except FileNotFoundError:
        raise missing from None
    response = HttpResponse(picture, content_type="image/png")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
