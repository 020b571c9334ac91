"""Pages: the projects, a new project, and a project's members."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.errors import Conflict
from apps.accounts.selectors import audit_entry_list, person_of
from apps.projects.forms import MemberForm, ProjectForm
from apps.projects.models import Membership
from apps.projects.selectors import (
    Role,
    membership_get,
    membership_list_with_tokens,
    project_card_list,
    project_get_for,
)
from apps.projects.services import membership_remove, membership_set, project_create


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The projects that the person is a member of."""
    projects = project_card_list(person_of(request))
    return render(request, "projects/home.html", {"projects": projects})


@login_required
@require_http_methods(["GET", "POST"])
def project_new(request: HttpRequest) -> HttpResponse:
    """A form that makes a project."""
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            project = project_create(**form.cleaned_data, created_by=person_of(request))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("overview", slug=project.slug)
    return render(
        request, "projects/project_new.html", {"form": form}, status=422 if form.errors else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who belongs to the project, with which role; adding people and changing roles."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            membership_set(project=project, actor=person_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except Conflict as error:
            form.add_error(None, str(error))
        else:
            return redirect("member_list", slug=slug)
    context = {
        "project": project,
        "section": "members",
        "members": membership_list_with_tokens(project),
        "roles": Membership.Role.choices,
        "form": form,
        "entries": audit_entry_list(project.slug),
    }
    return render(request, "projects/members.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def member_remove(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """Takes a person out of the project."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    try:
        membership_remove(membership=membership_get(project, username), actor=person_of(request))
    except Conflict as error:
        messages.error(request, str(error))
    return redirect("member_list", slug=slug)
