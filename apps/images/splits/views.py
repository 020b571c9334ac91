"""Pages: how a project's images lie in the splits, and what a policy would do."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.selectors import person_of
from apps.images.models import SplitPolicy
from apps.images.splits.forms import SplitPolicyForm
from apps.images.splits.mending import groups_mend
from apps.images.splits.parted import images_part, parting_preview
from apps.images.splits.policies import split_policy_change
from apps.images.splits.reading import class_splits, split_policy_get, torn_groups
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role


@login_required
@require_http_methods(["GET", "POST"])
def splits_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Every member sees how images are parted; managers change it, and part what is there."""
    least = Role.ANNOTATOR if request.method == "GET" else Role.MANAGER
    project = project_get_for(request.user, slug, least)
    manages = project_role(request.user, project) == Role.MANAGER
    saved = split_policy_get(project)
    form = SplitPolicyForm(
        request.POST if request.method == "POST" else None,
        instance=saved or SplitPolicy(project=project),
        read_only=not manages,
    )
    if request.method == "POST" and form.is_valid():
        policy = split_policy_change(
            project=project, values=form.cleaned_data, actor=person_of(request)
        )
        messages.success(request, _saved(request, policy))
        return redirect("splits", slug=slug)
    valid = not form.errors
    context = {
        "project": project,
        "section": "images",
        "manages": manages,
        "has_policy": saved is not None,
        "form": form,
        "torn": torn_groups(project).count(),
        **(_preview(project, form.instance) if valid else {"standing": class_splits(project)}),
    }
    return render(request, "images/splits.html", context, status=200 if valid else 422)


@login_required
@require_safe
def splits_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: what a policy that was typed, and not saved, would do."""
    project = project_get_for(request.user, slug)
    manages = project_role(request.user, project) == Role.MANAGER
    form = SplitPolicyForm(
        request.GET, instance=split_policy_get(project) or SplitPolicy(project=project)
    )
    shown = (
        _preview(project, form.instance)
        if form.is_valid()
        else {"standing": class_splits(project), "mistakes": form.errors}
    )
    context = {"project": project, "manages": manages, **shown}
    return render(request, "images/_splits_preview.html", context)


@login_required
@require_POST
def splits_mend(request: HttpRequest, slug: str) -> HttpResponse:
    """Brings torn groups of near-duplicates together."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    mended = groups_mend(project=project, actor=person_of(request))
    messages.success(
        request,
        f"{mended.groups:,} groups lie in one split each now: {mended.moved:,} images moved,"
        f" {mended.set_apart:,} were learned from and are set apart.",
    )
    return redirect("splits", slug=slug)


def _preview(project: Project, policy: SplitPolicy) -> dict[str, object]:
    preview = parting_preview(project=project, policy=policy)
    return {"policy": policy, "preview": preview, "standing": preview.before}


def _saved(request: HttpRequest, policy: SplitPolicy) -> str:
    if "part" not in request.POST:
        return "Saved. No image was moved."
    parted = images_part(policy=policy, actor=person_of(request))
    return f"Saved, and {parted.moved:,} images left train."
