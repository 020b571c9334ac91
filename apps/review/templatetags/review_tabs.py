"""The sub-navigation of Review: what each role may open, with what waits there."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.template import Context
from django.urls import reverse

from apps.projects.models import Project
from apps.projects.selectors import RANK, Role, project_role
from apps.review.selectors import waiting_counts

register = template.Library()


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of Review."""

    name: str
    """As pages name themselves with `tab`."""
    word: str
    address: str
    waiting: int = 0


@register.simple_tag(takes_context=True)
def review_tabs(context: Context, project: Project) -> list[Tab]:
    """The tabs that the person who asks may open."""
    role = project_role(context["request"].user, project)
    if role is None:
        return []
    counts = waiting_counts(project)
    in_queue = counts["annotate"] + counts["validate"]
    tabs = [
        (Role.ANNOTATOR, "queue", "Queue", "review", in_queue),
        (Role.ANNOTATOR, "sheets", "Sheets", "review_sheets", counts["validate"]),
        (Role.REVIEWER, "adjudicate", "Adjudicate", "review", counts["adjudicate"]),
        (Role.ANNOTATOR, "realism", "Real or fake", "review_realism", counts["realism"]),
        (Role.ANNOTATOR, "batches", "Batches", "review_batches", 0),
        (Role.MANAGER, "people", "People", "review_people", 0),
        (Role.ANNOTATOR, "policy", "Policy", "review_policy", 0),
    ]
    return [
        Tab(name, word, _address(project, name, page), waiting)
        for least, name, word, page, waiting in tabs
        if RANK[role] >= RANK[least]
    ]


def _address(project: Project, name: str, page: str) -> str:
    address = reverse(page, args=[project.slug])
    return f"{address}?mode=adjudicate" if name == "adjudicate" else address
