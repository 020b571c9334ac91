"""Pages of realism tests: all of them, and one with what people took its images for."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.selectors import person_of
from apps.evaluation.forms import RealismForm
from apps.evaluation.realism import (
    realism_by_generator,
    realism_findings,
    realism_points,
    realism_start,
)
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role
from apps.review.batches.realism import realism_test_end
from apps.review.batches.realism_results import (
    LookedAt,
    is_done,
    own_results,
    realism_images,
    realism_test_get,
    realism_test_list,
)
from apps.review.models import ReviewTask
from apps.review.selectors import waiting_counts

MOST_SHOWN = 100
"""Tests on the page; the API tells older ones."""
GROUPS = (
    ("Fakes taken for real", "synthetic", True),
    ("Fakes found out", "synthetic", False),
    ("Real ones taken for fake", "real", True),
    ("Real ones recognised", "real", False),
)
"""A test's images by origin, and whether at least half of the looks were wrong."""


@login_required
@require_http_methods(["GET", "POST"])
def realism(request: HttpRequest, slug: str) -> HttpResponse:
    """Managers start tests and see what they found; others see how they did themselves."""
    least = Role.ANNOTATOR if request.method == "GET" else Role.MANAGER
    project = project_get_for(request.user, slug, least)
    manages = project_role(request.user, project) == Role.MANAGER
    form = RealismForm(project, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _start(request, form):
        return redirect("review_realism", slug=slug)
    context = {
        "project": project,
        "section": "review",
        "manages": manages,
        "form": form,
        "waiting": waiting_counts(project)[ReviewTask.Kind.REALISM],
        "own": own_results(project, person_of(request)),
        **(_found(project) if manages else {}),
    }
    return render(request, "evaluation/realism.html", context, status=422 if form.errors else 200)


def _start(request: HttpRequest, form: RealismForm) -> bool:
    wanted = form.cleaned_data
    batch = wanted.pop("batch")
    try:
        test = realism_start(generation_run=batch, by=person_of(request), **wanted)
    except ValidationError as refusal:
        form.add_error(None, refusal.messages[0])
        return False
    pictures = test.tasks.count()
    messages.success(request, f"Test {test.pk} waits in the queue: {pictures} images, half real.")
    return True


def _found(project: Project) -> dict[str, object]:
    findings = realism_findings(project, realism_test_list(project)[:MOST_SHOWN])
    return {
        "findings": findings,
        "generators": realism_by_generator(findings),
        "data": {"points": realism_points(findings)},
    }


@login_required
@require_GET
def realism_test(request: HttpRequest, slug: str, test_id: int) -> HttpResponse:
    """One test for managers; its images only once it is done, for managers may take part."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    test = realism_test_get(project, test_id)
    [finding] = realism_findings(project, [test])
    looks = finding.result.looks
    images = realism_images(test, finding.result.inattentive) if is_done(test) else []
    context = {
        "project": project,
        "section": "review",
        "finding": finding,
        "test": test,
        "shares": [
            ("Fakes taken for real", looks.fooled),
            ("Real ones taken for fake", looks.doubted),
            ("Wrong in all", looks.errors),
        ],
        "groups": [
            (title, origin, [looked for looked in images if _is(looked, origin, is_mistaken)])
            for title, origin, is_mistaken in GROUPS
        ],
    }
    return render(request, "evaluation/realism_test.html", context)


def _is(looked: LookedAt, origin: str, is_mistaken: bool) -> bool:
    return looked.image.origin == origin and looked.is_mistaken == is_mistaken


@login_required
@require_POST
def realism_end(request: HttpRequest, slug: str, test_id: int) -> HttpResponse:
    """Ask about a test's images no more; the looks that were given count."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    test = realism_test_get(project, test_id)
    count = realism_test_end(test=test)
    messages.success(request, f"Test {test.pk} has ended; {count} images were withdrawn.")
    return redirect("review_realism_test", slug=slug, test_id=test_id)
