"""Pages: adding images, the project's imports, and one of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.images.models import Image
from apps.imports.models import Import
from apps.imports.selectors import import_get, import_list, import_pictures, import_refusals
from apps.imports.services import import_abandon
from apps.imports.tus_headers import MOST_DIGITS
from apps.projects.models import Project
from apps.projects.selectors import (
    Role,
    annotation_class_list,
    project_get_for,
    project_role,
)

PAGE_SIZE = 50
REFUSALS_SHOWN = 100
PICTURES_SHOWN = 24
CLASSES_COME_FROM = [
    (Import.Layout.AUTO, "Find out by the files"),
    (Import.Layout.PLAIN, "No classes: people will annotate them"),
    (Import.Layout.FOLDERS, "Folders that are named as classes"),
    (Import.Layout.MANIFEST, "A CSV or JSONL list beside the images"),
    (Import.Layout.IMAGE_FOLDER, "A Hugging Face image folder"),
    (Import.Layout.COCO, "COCO annotations"),
    (Import.Layout.LABEL_STUDIO, "A Label Studio export (JSON)"),
]
"""What people choose from, in their words."""


@login_required
@require_safe
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """What was sent to the project, newest first."""
    project = project_get_for(request.user, slug)
    page = Paginator(import_list(project), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "imports/import_list.html", {**_frame(request, project), "page": page})


@login_required
@require_safe
def import_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Sending files; `?import=` goes on with one that is open."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    number = _number(request.GET.get("import", ""))
    opened = import_list(project).filter(job=None, place=None, ended_at=None)
    context = {
        **_frame(request, project),
        "opened": opened.filter(pk=number).first(),
        "others": opened.exclude(pk=number)[:PAGE_SIZE],
        "layouts": CLASSES_COME_FROM,
        "splits": Image.Split.values,
        "class_names": [each.name for each in annotation_class_list(project)],
    }
    return render(request, "imports/import_new.html", context)


@login_required
@require_safe
def import_detail(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """What became of one import's files."""
    project = project_get_for(request.user, slug)
    found = import_get(project, import_id)
    refusals = import_refusals(found)
    context = {
        **_frame(request, project),
        "found": found,
        "reasons": refusals.order_by()
        .values("reason")
        .annotate(count=Count("id"))
        .order_by("-count"),
        "refusals": refusals.order_by("id")[:REFUSALS_SHOWN],
        "refusals_shown": REFUSALS_SHOWN,
        "pictures": import_pictures(found)[:PICTURES_SHOWN],
    }
    return render(request, "imports/import_detail.html", context)


@login_required
@require_POST
def abandon(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """Throws away what was sent and not taken in."""
    found = import_get(project_get_for(request.user, slug, Role.MANAGER), import_id)
    try:
        import_abandon(owner=found, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("import_detail", slug=slug, import_id=import_id)
    messages.info(request, f"What was left of {found.title} is thrown away.")
    return redirect("import_list", slug=slug)


def _number(text: str) -> int:
    """An id out of the address; 0, which nothing has, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


def _frame(request: HttpRequest, project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "section": "images",
        "manages": project_role(request.user, project) == Role.MANAGER,
    }
