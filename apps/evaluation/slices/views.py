"""Pages: a project's slices, and one with its images."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.errors import Conflict
from apps.accounts.saving import form_saved
from apps.accounts.selectors import person_of
from apps.evaluation.confusions import evaluation_get
from apps.evaluation.slices.errors import slice_of_errors
from apps.evaluation.slices.forms import SliceForm, SliceImagesForm
from apps.evaluation.slices.standing import NEEDED, slice_standings
from apps.images.browsing import ids_sent, page_of, query_text
from apps.images.models import Slice
from apps.images.slices.selectors import rules_suggested, slice_get, slice_images, slice_list
from apps.images.slices.services import (
    slice_change,
    slice_create,
    slice_images_change,
    slice_remove,
)
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role


@login_required
@require_http_methods(["GET", "POST"])
def slices_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's slices: every member sees them, managers make another."""
    project = _project(request, slug)
    form = SliceForm(request.POST if request.method == "POST" else None)
    made = form_saved(
        form,
        lambda: slice_create(project=project, actor=person_of(request), **form.cleaned_data),
    )
    if made:
        return redirect("slice", slug=slug, slice_id=made.pk)
    frame = _frame(request, project)
    context = {
        **frame,
        "standings": slice_standings(slice_list(project)),
        "form": form,
        "needed": NEEDED,
        "suggested": rules_suggested(project) if frame["manages"] else [],
    }
    return render(request, "evaluation/slices.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def slice_page(request: HttpRequest, slug: str, slice_id: int) -> HttpResponse:
    """One slice; managers change its name, what it is, and its rule."""
    project = _project(request, slug)
    found = slice_get(project, slice_id)
    if request.method != "POST":
        return _page(request, found)
    form = SliceForm(request.POST, slice_=found)
    if form_saved(form, lambda: _changed(request, found, form)):
        messages.success(request, "Saved.")
        return redirect("slice", slug=slug, slice_id=slice_id)
    return _page(request, slice_get(project, slice_id), form=form)


@login_required
@require_POST
def slice_images_page(request: HttpRequest, slug: str, slice_id: int) -> HttpResponse:
    """Puts images into a slice by their ids, or takes those out that were chosen."""
    found = slice_get(project_get_for(request.user, slug, Role.MANAGER), slice_id)
    form, remove = SliceImagesForm(request.POST), ids_sent(request.POST)
    try:
        add = form.ids_read()
        if add or remove:
            change = slice_images_change(
                slice_=found, actor=person_of(request), add=add, remove=remove
            )
            messages.success(
                request, f"{_images(change.added)} put in, {_images(change.removed)} taken out."
            )
        else:
            messages.error(request, "No image was chosen: tick some, or write their ids.")
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
    return redirect("slice", slug=slug, slice_id=slice_id)


@login_required
@require_POST
def slice_delete(request: HttpRequest, slug: str, slice_id: int) -> HttpResponse:
    """Forgets a slice."""
    found = slice_get(project_get_for(request.user, slug, Role.MANAGER), slice_id)
    slice_remove(slice_=found, actor=person_of(request))
    messages.success(request, f"The slice {found.name} is gone; its images stay.")
    return redirect("slices", slug=slug)


@login_required
@require_POST
def slice_of_errors_make(request: HttpRequest, slug: str, evaluation_id: int) -> HttpResponse:
    """Keeps the images that `class` and `seen` ask for as a slice of its own."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    run = evaluation_get(project, evaluation_id)
    try:
        made = slice_of_errors(
            run=run,
            parameters=request.POST,
            name=request.POST.get("name", ""),
            actor=person_of(request),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
    else:
        messages.success(request, f"Kept as the slice {made.name}.")
        return redirect("slice", slug=slug, slice_id=made.pk)
    chosen = {name: request.POST[name] for name in ("class", "seen") if request.POST.get(name)}
    answer = redirect("evaluation_detail", slug=slug, evaluation_id=evaluation_id)
    answer["Location"] += query_text(chosen)
    return answer


def _project(request: HttpRequest, slug: str) -> Project:
    least = Role.MANAGER if request.method == "POST" else Role.ANNOTATOR
    return project_get_for(request.user, slug, least)


def _frame(request: HttpRequest, project: Project) -> dict[str, object]:
    manages = project_role(request.user, project) == Role.MANAGER
    return {"project": project, "section": "images", "manages": manages}


def _page(request: HttpRequest, found: Slice, form: SliceForm | None = None) -> HttpResponse:
    (standing,) = slice_standings([found])
    page = page_of(slice_images(found), request.GET)
    context = {
        **_frame(request, found.project),
        "slice": found,
        "standing": standing,
        "page": page,
        "newer": query_text({"after": page.newer}) if page.newer else "",
        "older": query_text({"before": page.older}) if page.older else "",
        "form": form or SliceForm(slice_=found),
        "images_form": SliceImagesForm(),
        "chosen": query_text({"slice": found.name}),
    }
    return render(request, "evaluation/slice.html", context, status=422 if form else 200)


def _changed(request: HttpRequest, found: Slice, form: SliceForm) -> Slice:
    slice_change(slice_=found, actor=person_of(request), **form.cleaned_data)
    return found


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"
