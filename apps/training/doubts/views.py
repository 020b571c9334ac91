"""Pages: the images that scoring doubts, and what a manager makes of them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.selectors import person_of
from apps.images.browsing import ids_sent, page_of, query_text
from apps.projects.selectors import Role, project_get_for, project_role
from apps.training.doubts import settling
from apps.training.doubts.selectors import doubt_counts, doubt_list
from apps.training.models import Doubt


@login_required
@require_safe
def doubts_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The images of one kind of doubt: every member sees them."""
    project = project_get_for(request.user, slug)
    kind = _kind(request.GET.get("kind", ""))
    page = page_of(doubt_list(project, kind), request.GET)
    counts = doubt_counts(project)
    context = {
        "project": project,
        "section": "images",
        "page": page,
        "kind": kind,
        "kinds": [(one, Doubt.Kind(one).label, count) for one, count in counts.items()],
        "ways": [(way.outcome, way.words[kind], way.icon) for way in settling.WAYS],
        "manages": project_role(request.user, project) == Role.MANAGER,
        "newer": query_text({"kind": kind, "after": page.newer}) if page.newer else "",
        "older": query_text({"kind": kind, "before": page.older}) if page.older else "",
    }
    return render(request, "training/doubts.html", context)


@login_required
@require_POST
def doubts_settle(request: HttpRequest, slug: str) -> HttpResponse:
    """Settle the doubts about the images that were chosen, as the button says."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    kind, image_ids = _kind(request.POST.get("kind", "")), ids_sent(request.POST)
    way = next((way for way in settling.WAYS if way.outcome == request.POST.get("way")), None)
    if way is None or not image_ids:
        messages.error(request, "No image was chosen: tick some, then press what is to be done.")
    else:
        settled = settling.doubts_settle(
            project=project,
            kind=kind,
            outcome=way.outcome,
            image_ids=image_ids,
            by=person_of(request),
        )
        count = len(settled)
        messages.success(request, f"{count} image{'' if count == 1 else 's'}: {way.done}.")
    answer = redirect("doubts", slug=slug)
    answer["Location"] += query_text({"kind": kind})
    return answer


def _kind(asked: str) -> Doubt.Kind:
    return Doubt.Kind(asked) if asked in Doubt.Kind.values else Doubt.Kind.OUTLIER
