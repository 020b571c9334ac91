"""Reading doubts."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from apps.images.models import Image
from apps.projects.models import Project
from apps.training.models import Checkpoint, Doubt


def doubt_list(project: Project, kind: str = "") -> QuerySet[Doubt]:
    """What nobody has settled yet, of all kinds or one, the clearest first within a scoring.

    Images that were set apart since, and pool images that people annotated since, are left out.
    """
    open_doubts = Doubt.objects.filter(project=project, settled_at=None)
    open_doubts = open_doubts.exclude(image__status=Image.Status.QUARANTINED).exclude(
        kind=Doubt.Kind.OUTLIER, image__status=Image.Status.ACCEPTED
    )
    if kind:
        open_doubts = open_doubts.filter(kind=kind)
    related = open_doubts.select_related("image__annotation_class", "other_class", "checkpoint")
    return related.order_by("-pk")


def doubt_counts(project: Project) -> dict[str, int]:
    """How many of each kind nobody has settled."""
    rows = doubt_list(project).order_by().values_list("kind").annotate(count=Count("pk"))
    return dict.fromkeys(Doubt.Kind.values, 0) | dict(rows)


def outliers_of(checkpoint: Checkpoint) -> QuerySet[Doubt, Any]:
    """The images, by `image`, that people are not to be asked about by this checkpoint's scores."""
    return Doubt.objects.filter(
        checkpoint=checkpoint, kind=Doubt.Kind.OUTLIER, settled_at=None
    ).values("image")


def settled_images(project: Project, kind: str) -> set[int]:
    """Images, by id, of which this was settled: it is not doubted again."""
    settled = Doubt.objects.filter(project=project, kind=kind, settled_at__isnull=False)
    return set(settled.values_list("image", flat=True))
