"""A generator's sample sheet. The pages about models lie above: they need evaluations too."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse

from apps.projects.selectors import project_get_for
from apps.training.selectors import training_run_get


@login_required
def sample_sheet(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """The newest samples of a generator's run, as a PNG."""
    run = training_run_get(project_get_for(request.user, slug), run_id)
    if not run.sample_sheet or not default_storage.exists(run.sample_sheet):
        raise Http404("This run has drawn no samples yet.")
    with default_storage.open(run.sample_sheet) as sheet:
        response = HttpResponse(sheet.read(), content_type="image/png")
    # A new sheet comes under a new key, which the page adds to the address.
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
