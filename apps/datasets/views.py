"""Pages: the versions of the dataset, one version with its exports, what changed between two."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.errors import Conflict, first_sentence
from apps.accounts.selectors import person_of
from apps.datasets import exports
from apps.datasets.differences import KINDS
from apps.datasets.formats import FORMATS
from apps.datasets.forms import ExportSerializer, FreezeSerializer
from apps.datasets.models import Export
from apps.datasets.selectors import (
    export_get,
    export_list,
    freeze_last,
    images_by_hash,
    version_difference,
    version_get,
    version_list,
)
from apps.datasets.services import version_freeze_enqueue
from apps.images.models import Image
from apps.projects.models import Project
from apps.projects.selectors import (
    Role,
    annotation_class_list,
    project_get_for,
    project_role,
)

PAGE_SIZE = 50
CHANGES = 100
NUMBER = re.compile("[0-9]{1,9}")


@login_required
@require_safe
def dataset_list_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The versions, newest first."""
    project = project_get_for(request.user, slug)
    versions = version_list(project)
    context = {
        **_frame(request, project),
        "page": Paginator(versions, PAGE_SIZE).get_page(request.GET.get("page")),
        "numbers": list(versions.values_list("number", flat=True)[:1000]),
        "freeze": freeze_last(project),
        "exports": export_list(project)[:PAGE_SIZE],
    }
    return render(request, "datasets/dataset_list.html", context)


@login_required
@require_POST
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    """Freezes the dataset as it is now."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    asked = FreezeSerializer(data=form_values(request.POST), context={"project": project})
    if asked.is_valid():
        version_freeze_enqueue(
            project=project,
            selection=asked.selection,
            note=asked.validated_data["note"],
            actor=person_of(request),
        )
    else:
        messages.error(request, first_sentence(asked.errors))
    return redirect("dataset_list", slug=slug)


@login_required
@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Leads from the form with two numbers to what changed between them."""
    project_get_for(request.user, slug)
    numbers = [request.GET.get(name, "") for name in ("from", "to")]
    if not all(NUMBER.fullmatch(number) for number in numbers):
        raise Http404("Choose two versions.")
    return redirect("dataset_difference", slug, *map(int, numbers))


@login_required
@require_safe
def dataset_page(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version: what it holds, and by whose word."""
    project = project_get_for(request.user, slug)
    version = version_get(project, number)
    cells = version.count_by("class", "split")
    order = {known.name: known.position for known in annotation_class_list(project)}
    context = {
        **_frame(request, project),
        "version": version,
        "rows": [
            (name, [cells[name, split] for split, _ in version.splits], total)
            for (name,), total in sorted(
                version.count_by("class").items(),
                key=lambda item: order.get(item[0][0], len(order)),
            )
        ],
        "exports": export_list(project).filter(version=version),
        "formats": [(name, FORMATS[name]) for name in Export.Format],
        "earlier": version_list(project).filter(number__lt=number).first(),
    }
    return render(request, "datasets/dataset.html", context)


@login_required
@require_POST
def export(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Asks for an export of a version."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    version = version_get(project, number)
    values = {**form_values(request.POST), "version": number, "format": request.POST.get("format")}
    asked = ExportSerializer(data=values, context={"project": project})
    try:
        if asked.is_valid():
            exports.export_request(
                version=version,
                format_name=asked.validated_data["format"],
                selection=asked.selection,
                actor=person_of(request),
            )
        else:
            messages.error(request, first_sentence(asked.errors))
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("dataset", slug=slug, number=number)


@login_required
@require_POST
def export_delete(request: HttpRequest, slug: str, export_id: int) -> HttpResponse:
    """Takes an export's file away."""
    found = export_get(project_get_for(request.user, slug, Role.MANAGER), export_id)
    try:
        exports.export_delete(export=found, actor=person_of(request))
        messages.success(request, "Deleted. Exported again, it has the same bytes.")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("dataset", slug=slug, number=found.version.number)


@login_required
@require_safe
def difference_page(request: HttpRequest, slug: str, number: int, other: int) -> HttpResponse:
    """What changed between two versions."""
    project = project_get_for(request.user, slug)
    before, after = version_get(project, number), version_get(project, other)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    found = version_difference(
        before, after, kind=kind, beyond=request.GET.get("after", ""), size=CHANGES
    )
    images = images_by_hash(project, [change.sha256 for change in found.changes])
    context = {
        **_frame(request, project),
        "before": before,
        "after": after,
        "kind": kind,
        "kinds": [(name, words, found.counts[name]) for name, words in KINDS.items()],
        "rows": [(change, images.get(change.sha256)) for change in found.changes],
        "next": found.next,
    }
    return render(request, "datasets/difference.html", context)


def form_values(form: QueryDict) -> dict[str, Any]:
    """A form's values as REST has them: nothing for an empty number, lists for several."""
    return {
        "origin": form.get("origin", ""),
        "classes": form.getlist("classes"),
        "splits": form.getlist("splits"),
        "least_agreement": form.get("least_agreement") or None,
        "note": form.get("note", ""),
    }


def _frame(request: HttpRequest, project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "section": "images",
        "manages": project_role(request.user, project) == Role.MANAGER,
        "origins": Image.Origin.values,
        "split_names": Image.Split.values,
        "class_names": [known.name for known in annotation_class_list(project)],
    }
