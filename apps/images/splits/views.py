"""Pages: how a project's images lie in the splits, and what a policy would do."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.selectors import person_of
from apps.images.models import SplitPolicy
from apps.images.splits.asking import mending_enqueue, parting_enqueue
from apps.images.splits.forms import SplitPolicyForm
from apps.images.splits.parted import parting_preview
from apps.images.splits.policies import split_policy_change
from apps.images.splits.reading import class_splits, split_policy_get, torn_groups
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role


@login_required
@require_http_methods(["GET", "POST"])
def splits_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Every member sees how images are parted; managers change it, and have them parted.

    What the policy would do takes seconds for 100,000 images and follows as a fragment.
    """
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
        if "part" not in request.POST:
            messages.success(request, "Saved. No image was moved.")
            return redirect("splits", slug=slug)
        job = parting_enqueue(policy=policy, by=person_of(request))
        messages.success(request, "Saved, and the images that are there are being parted.")
        return redirect("job_detail", slug=slug, job_id=job.pk)
    valid = not form.errors
    context = {
        "project": project,
        "section": "images",
        "manages": manages,
        "has_policy": saved is not None,
        "form": form,
        "torn": torn_groups(project).count(),
        "standing": class_splits(project),
        "is_coming": valid,
    }
    return render(request, "images/splits.html", context, status=200 if valid else 422)


@login_required
@require_safe
def splits_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: what a policy would do that was typed and not saved; else the saved one."""
    project = project_get_for(request.user, slug)
    manages = project_role(request.user, project) == Role.MANAGER
    policy = split_policy_get(project) or SplitPolicy(project=project)
    form = SplitPolicyForm(request.GET or None, instance=policy)
    shown = (
        _preview(project, form.instance)
        if form.is_valid() or not form.is_bound
        else {"standing": class_splits(project), "mistakes": form.errors}
    )
    context = {"project": project, "manages": manages, **shown}
    return render(request, "images/_splits_preview.html", context)


@login_required
@require_POST
def splits_mend(request: HttpRequest, slug: str) -> HttpResponse:
    """Has torn groups of near-duplicates brought together by a job."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    job = mending_enqueue(project=project, by=person_of(request))
    messages.success(request, "Torn groups are being brought together.")
    return redirect("job_detail", slug=slug, job_id=job.pk)


def _preview(project: Project, policy: SplitPolicy) -> dict[str, object]:
    preview = parting_preview(project=project, policy=policy)
    return {"policy": policy, "preview": preview, "standing": preview.before}
