"""Pages: the project's places, and one with its syncs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.errors import Conflict
from apps.accounts.saving import form_saved
from apps.accounts.selectors import person_of
from apps.imports.place_forms import PlaceForm
from apps.imports.place_selectors import place_card, place_cards, sync_list
from apps.imports.syncing import sync_begin
from apps.places.errors import PlaceError
from apps.places.models import Place
from apps.places.selectors import place_get
from apps.places.services import (
    place_change,
    place_create,
    place_draft,
    place_remove,
    place_try,
)
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role

PAGE_SIZE = 25


@login_required
@require_safe
def places(request: HttpRequest, slug: str) -> HttpResponse:
    """Where images come from by themselves; where exactly, managers see."""
    project = project_get_for(request.user, slug)
    context = {
        **_frame(project),
        "cards": place_cards(project),
        "manages": project_role(request.user, project) == Role.MANAGER,
    }
    return render(request, "places/place_list.html", context)


@login_required
@sensitive_post_parameters("secret_access_key")
@require_http_methods(["GET", "POST"])
def place_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Naming a place, or trying what one would give."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    form = PlaceForm(request.POST or None)
    if form.is_bound:
        if "try" in request.POST:
            return _tried(request, project, form, None)
        made = form_saved(
            form,
            lambda: place_create(project=project, actor=person_of(request), **form.cleaned_data),
        )
        if made:
            return redirect("place", slug=slug, place_id=made.pk)
    context = {**_frame(project), "form": form}
    return render(request, "places/place_new.html", context, status=422 if form.errors else 200)


@login_required
@sensitive_post_parameters("secret_access_key")
@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, slug: str, place_id: int) -> HttpResponse:
    """One place, its syncs, and changing it."""
    found = _managed(request, slug, place_id)
    form = PlaceForm(request.POST or None, place=found)
    if form.is_bound:
        if "try" in request.POST:
            return _tried(request, found.project, form, found)
        if form_saved(form, lambda: _changed(request, found, form)):
            messages.info(request, f"{found.name} is changed.")
            return redirect("place", slug=slug, place_id=place_id)
        found.refresh_from_db()
    context = {
        **_frame(found.project),
        "card": place_card(found),
        "form": form,
        "page": Paginator(sync_list(found), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "places/place.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def sync(request: HttpRequest, slug: str, place_id: int) -> HttpResponse:
    """Begins a sync now."""
    found = _managed(request, slug, place_id)
    try:
        sync_begin(place=found, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("place", slug=slug, place_id=place_id)


@login_required
@require_POST
def delete(request: HttpRequest, slug: str, place_id: int) -> HttpResponse:
    """Forgets a place."""
    found = _managed(request, slug, place_id)
    try:
        place_remove(place=found, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("place", slug=slug, place_id=place_id)
    messages.info(request, f"{found.name} is not synced any more.")
    return redirect("place_list", slug=slug)


def _tried(
    request: HttpRequest, project: Project, form: PlaceForm, known: Place | None
) -> HttpResponse:
    """What a place as it is filled in would give; nothing is kept of it."""
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        try:
            draft = place_draft(project=project, known=known, **form.cleaned_data)
            context["look"] = place_try(place=draft)
        except ValidationError as error:
            form.add_error(None, error)
        except PlaceError as error:
            context["problem"] = error.detail
    return render(request, "places/_look.html", context)


def _changed(request: HttpRequest, found: Place, form: PlaceForm) -> Place:
    place_change(place=found, actor=person_of(request), **form.cleaned_data)
    return found


def _managed(request: HttpRequest, slug: str, place_id: int) -> Place:
    return place_get(project_get_for(request.user, slug, Role.MANAGER), place_id)


def _frame(project: Project) -> dict[str, object]:
    return {"project": project, "section": "images"}
