"""Triage: sheets of synthetic images of one class."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.selectors import person_of
from apps.projects.selectors import annotation_class_list, project_get_for
from apps.review.people.own_keys import own_keys_get


@login_required
@require_safe
def sheets(request: HttpRequest, slug: str) -> HttpResponse:
    """The sheets; with `class` those of one class, else of the class with most waiting."""
    project = project_get_for(request.user, slug)
    person = person_of(request)
    names = [known.name for known in annotation_class_list(project)]
    name = request.GET.get("class", "")
    chosen = name if name in names else None
    context = {
        "project": project,
        "section": "review",
        "class_names": names,
        "chosen": chosen,
        "data": {
            "project": project.slug,
            "person": person.pk,
            "class": chosen,
            "keys": own_keys_get(person),
        },
    }
    return render(request, "review/sheets.html", context)
