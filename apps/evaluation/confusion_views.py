"""The page about one evaluation: what was taken for what, and the images behind each count."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.evaluation.confusions import Asked, Confusions, evaluation_get
from apps.evaluation.selectors import evaluation_report
from apps.evaluation.slices.accuracy import accuracy_by_slice
from apps.evaluation.slices.errors import errors_name
from apps.projects.selectors import Role, project_get_for, project_role

PAGE_SIZE = 60


@login_required
@require_safe
def evaluation_detail(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """One classifier on one split; `?class=` and `?seen=` choose whose images are shown."""
    project = project_get_for(request.user, slug)
    run = evaluation_get(project, evaluation_id)
    found = Confusions(run)
    try:
        asked, mistake = found.asked(request.GET), ""
    except ValidationError as error:
        asked, mistake = Asked(), error.messages[0]
    page = Paginator(found.images(asked), PAGE_SIZE).get_page(request.GET.get("page"))
    true, seen = ("" if mistake else request.GET.get(name, "") for name in ("class", "seen"))
    context = {
        "project": project,
        "section": "models",
        "run": run,
        "report": evaluation_report(run),
        "slices": accuracy_by_slice(found),
        "confusions": found,
        "true": true,
        "seen": seen,
        "manages": project_role(request.user, project) == Role.MANAGER,
        "suggested": "" if true and true == seen else errors_name(true, seen),
        "mistake": mistake,
        "refusal": found.images_refusal,
        "page": page,
        "images": found.taken_for(page.object_list),
    }
    return render(
        request, "evaluation/evaluation_detail.html", context, status=400 if mistake else 200
    )
