"""Finding places."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from apps.places.models import Place
from apps.projects.models import Project


def place_list(project: Project) -> QuerySet[Place]:
    """The project's places by name."""
    return Place.objects.filter(project=project).select_related("project").order_by("name")


def place_get(project: Project, place_id: int) -> Place:
    """One of them. Raises Http404."""
    return get_object_or_404(place_list(project), pk=place_id)
