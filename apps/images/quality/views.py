"""Pages: the quality filters, what they would do, and the images that they set apart."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.selectors import person_of
from apps.images.browsing import ids_sent, page_of, query_text
from apps.images.quality.applying import quality_apply_enqueue
from apps.images.quality.filters import REASON_WORDS
from apps.images.quality.forms import QualityForm
from apps.images.quality.policies import quality_policy_change, quality_policy_get
from apps.images.quality.preview import near_preview, quality_preview
from apps.images.quality.quarantine import (
    application_state,
    group_counts,
    set_apart_counts,
    set_apart_list,
    stopped_by_day,
)
from apps.images.quality.restoring import Restored, images_restore
from apps.projects.selectors import Role, project_get_for, project_role

ALL = 10_000
"""Images that one press restores at most."""


@login_required
@require_http_methods(["GET", "POST"])
def quality_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The filters and what they would set apart: every member reads it, managers change it."""
    least = Role.ANNOTATOR if request.method == "GET" else Role.MANAGER
    project = project_get_for(request.user, slug, least)
    manages = project_role(request.user, project) == Role.MANAGER
    policy = quality_policy_get(project)
    form = QualityForm(
        request.POST if request.method == "POST" else None, instance=policy, read_only=not manages
    )
    if request.method == "POST" and form.is_valid():
        _, changed = quality_policy_change(
            project=project, by=person_of(request), **form.cleaned_data
        )
        if "apply" in request.POST:
            job = quality_apply_enqueue(project=project, by=person_of(request))
            messages.success(request, "Saved, and being applied to the images that are there.")
            return redirect("job_detail", slug=slug, job_id=job.pk)
        messages.success(
            request,
            "Saved for images that come in from now on." if changed else "Nothing was changed.",
        )
        return redirect("quality", slug=slug)
    shown = quality_policy_get(project)
    days = stopped_by_day(project)
    context = {
        "project": project,
        "section": "images",
        "form": form,
        "manages": manages,
        "preview": quality_preview(project, shown),
        "near": near_preview(project, shown.near_bits),
        "groups": group_counts(project),
        "state": application_state(project),
        "days": days,
        "most_a_day": max(1, *(max(day.set_apart_total, day.refused) for day in days)),
        "apart": _named(set_apart_counts(project)),
    }
    return render(request, "images/quality.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def quality_preview_fragment(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: what thresholds that were typed, and not saved, would set apart."""
    project = project_get_for(request.user, slug)
    form = QualityForm(request.GET, instance=quality_policy_get(project))
    context = {"project": project, "is_preview": True}
    if form.is_valid():
        context |= {
            "preview": quality_preview(project, form.instance),
            "near": near_preview(project, form.instance.near_bits),
        }
    return render(request, "images/_quality_preview.html", context)


@login_required
@require_safe
def quarantine_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The images that are set apart, and why."""
    project = project_get_for(request.user, slug)
    reason = request.GET.get("reason", "")
    reason = reason if reason in REASON_WORDS else ""
    page = page_of(set_apart_list(project, reason), request.GET)
    chosen = {"reason": reason} if reason else {}
    context = {
        "project": project,
        "section": "images",
        "page": page,
        "tiles": [(image, _words(image.measures.reasons)) for image in page.rows],
        "reason": reason,
        "apart": _named(set_apart_counts(project)),
        "manages": project_role(request.user, project) == Role.MANAGER,
        "newer": query_text({**chosen, "after": page.newer}) if page.newer else "",
        "older": query_text({**chosen, "before": page.older}) if page.older else "",
    }
    return render(request, "images/quarantine.html", context)


@login_required
@require_POST
def quarantine_restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back the images that were chosen, or all of a reason."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    reason = request.POST.get("reason", "")
    reason = reason if reason in REASON_WORDS else ""
    if "all" in request.POST:
        image_ids = list(set_apart_list(project, reason).values_list("pk", flat=True)[:ALL])
    else:
        image_ids = ids_sent(request.POST)
    report = images_restore(project=project, image_ids=image_ids, by=person_of(request))
    messages.success(request, _told(report))
    answer = redirect("quarantine", slug=slug)
    answer["Location"] += query_text({"reason": reason}) if reason else ""
    return answer


def _named(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """Each reason, the reason in words and its count."""
    return [(reason, REASON_WORDS.get(reason, reason), count) for reason, count in counts.items()]


def _words(reasons: Sequence[str]) -> str:
    return ", ".join(REASON_WORDS.get(reason, reason) for reason in reasons)


def _told(report: Restored) -> str:
    count = len(report.restored)
    sentence = f"{count} image{'' if count == 1 else 's'} came back."
    if report.kept:
        kept = len(report.kept)
        sentence += (
            f" {kept} stay{'s' if kept == 1 else ''} apart: without a class, they would be learned"
            " from beside an image that measures and that they nearly equal."
        )
    return sentence
