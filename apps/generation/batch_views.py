"""Pages: the batches that people look at, and one with its evidence."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.generation.batches import batch_report, saved, tests_by_batch
from apps.generation.guards import guard_rows
from apps.generation.selectors import held_batches, tested_batches
from apps.generation.walks import verdict_words
from apps.projects.selectors import Role, project_get_for, project_role
from apps.review.batches.sequential import BAD_PER_ALLOWED, GOOD_PER_ALLOWED
from apps.review.selectors import review_settings_get

PAGE_SIZE = 50
MOST_HELD = 5
"""Batches that are shown as held back, the newest."""


@login_required
@require_safe
def batches(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's batches, newest first, and how their tests stand."""
    project = project_get_for(request.user, slug)
    runs = tested_batches(project).select_related("checkpoint__training_run")
    page = Paginator(runs, PAGE_SIZE).get_page(request.GET.get("page"))
    tests = tests_by_batch(list(page.object_list))
    policy = review_settings_get(project)
    context = {
        "project": project,
        "section": "review",
        "page": page,
        "held": [(run, guard_rows(run)) for run in held_batches(project)[:MOST_HELD]],
        "manages": project_role(request.user, project) == Role.MANAGER,
        "rows": [
            (run, mine[0], saved(mine[0]), [test for test in mine[1:] if test.status == "refused"])
            for run in page.object_list
            for mine in [tests[run.pk]]
        ],
        **_policy(policy.allowed_defects, policy.acceptance_confidence),
    }
    return render(request, "generation/batches.html", context)


@login_required
@require_safe
def batch(request: HttpRequest, slug: str, batch_id: int) -> HttpResponse:
    """One batch: the evidence as it walks, what was refused and why, and what happens next."""
    project = project_get_for(request.user, slug)
    report = batch_report(project, batch_id)
    test = report.whole.test
    most = max((len(item.steps) for item in report.classes), default=0)
    refusals = report.run.parameters.get("refusals", {})
    context = {
        "project": project,
        "section": "review",
        "report": report,
        "test": test,
        "drawing": report.whole.drawing(),
        "classes": [(item, item.drawing(most=most)) for item in report.classes],
        "unseen": test.size - len(report.looks),
        "accepted": sum(not look.is_defect for look in report.looks),
        "learnt": refusals,
        "learnt_verdicts": [
            f"{count} {verdict_words(verdict)}"
            for verdict, count in refusals.get("verdicts", {}).items()
        ],
        "guards": guard_rows(report.run),
        "like_refused": report.run.dropped.get("like_refused", 0),
        "any_class": 1 - test.confidence ** len(report.classes),
        **_policy(test.allowed_defects, test.confidence),
    }
    return render(request, "generation/batch.html", context)


def _policy(allowed: float, confidence: float) -> dict[str, str]:
    return {
        "allowed": _share(allowed),
        "good_share": _share(allowed * GOOD_PER_ALLOWED),
        "bad_share": _share(allowed * BAD_PER_ALLOWED),
        "risk": _share(1 - confidence),
    }


def _share(share: float) -> str:
    return f"{round(share * 100, 2):g}%"
