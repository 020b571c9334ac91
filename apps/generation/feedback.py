"""What earlier batches teach the next one: the synthetic images that people judged, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from apps.generation.models import GenerationRun
from apps.images.models import Image
from apps.projects.models import Project

MOST_JUDGED = 1000
"""The newest so many: enough to know where a class goes wrong, and quick to look at again."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """For the next batch."""

    judged: list[tuple[str, int, bool]] = field(default_factory=list)
    """Hash, position of the class asked for, and whether people accepted it."""
    refusals: dict[str, Any] = field(default_factory=dict)
    """Of the last batch that was looked at: what was refused, by verdict, reason and class."""


def feedback_of(project: Project) -> Feedback:
    """All that people have said of the project's synthetic images so far."""
    judged = (
        Image.objects.filter(
            project=project,
            origin=Image.Origin.SYNTHETIC,
            status__in=[Image.Status.ACCEPTED, Image.Status.REFUSED],
            lineage__isnull=False,
        )
        .order_by("-pk")
        .values_list("sha256", "lineage__annotation_class__position", "status")[:MOST_JUDGED]
    )
    last = (
        GenerationRun.objects.filter(project=project, audit__looked__gt=0).order_by("-pk").first()
    )
    return Feedback(
        judged=sorted(
            (sha256, position, status == Image.Status.ACCEPTED)
            for sha256, position, status in judged
        ),
        refusals={"batch": last.pk, **_of_interest(last.audit)} if last else {},
    )


def _of_interest(audit: dict[str, Any]) -> dict[str, Any]:
    names = ("looked", "refused", "verdicts", "reasons", "classes")
    return {name: audit[name] for name in names if name in audit}
