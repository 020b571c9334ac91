"""Pages: the queue's policy, and what it means in words."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.selectors import person_of
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role
from apps.review.forms import PolicyForm
from apps.review.queue.policy_settings import review_settings_change
from apps.review.queue.policy_words import policy_words
from apps.review.selectors import open_by_reviews_needed, review_settings_get


@login_required
@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """How the queue is worked through: every member reads it, managers change it."""
    least = Role.ANNOTATOR if request.method == "GET" else Role.MANAGER
    project = project_get_for(request.user, slug, least)
    manages = project_role(request.user, project) == Role.MANAGER
    settings = review_settings_get(project)
    words = policy_words(settings)  # before the form writes into what it is given
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        instance=settings,
        read_only=not manages,
    )
    if request.method == "POST" and form.is_valid():
        _, changed = review_settings_change(
            project=project, by=person_of(request), **form.cleaned_data
        )
        messages.success(request, _saved(project, changed))
        return redirect("review_policy", slug=slug)
    context = {
        "project": project,
        "section": "review",
        "form": form,
        "words": words,
        "manages": manages,
        "open_by_need": open_by_reviews_needed(project),
    }
    return render(request, "review/policy.html", context, status=422 if form.errors else 200)


@login_required
def policy_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: what a policy that was typed, and not saved, would mean."""
    project = project_get_for(request.user, slug)
    form = PolicyForm(request.GET, instance=review_settings_get(project))
    words = policy_words(form.instance) if form.is_valid() else None
    return render(request, "review/_policy_words.html", {"words": words, "is_preview": True})


def _saved(project: Project, changed: list[str]) -> str:
    if not changed:
        return "Nothing was changed."
    asked = sum(open_by_reviews_needed(project).values())
    if "reviews_per_task" in changed and asked:
        return (
            f"Saved. The {asked} open questions keep the number of people that they were asked"
            " with; new ones take the new number."
        )
    return "Saved. Open review pages have been told."
