"""Images that arrive in batches, as rows: what lies behind them does not matter to splits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from apps.images.models import Image
from apps.images.splits.arrivals import arrivals_part
from apps.projects.models import Project


@dataclass(frozen=True)
class Arriving:
    """An image on its way in."""

    name: str
    annotation_class: str = ""
    split: str = ""
    group: str = ""
    """Name of the first of those that it nearly equals."""


def pixels_of(name: str) -> str:
    return hashlib.sha256(f"pixels of {name}".encode()).hexdigest()


def arrive(project: Project, batch: Iterable[Arriving]) -> dict[str, str]:
    """Take a batch in as the ingest service does; returns each image's split by its name."""
    classes = {known.name: known for known in project.annotation_classes.all()}
    rows = [
        Image(
            project=project,
            name=image.name,
            split=image.split,
            annotation_class=classes.get(image.annotation_class),
            status=Image.Status.ACCEPTED if image.annotation_class else Image.Status.UNREVIEWED,
            sha256=hashlib.sha256(image.name.encode()).hexdigest(),
            pixels_sha256=pixels_of(image.name),
            group=pixels_of(image.group) if image.group else None,
            file=f"images/{image.name}",
            thumbnail=f"thumbnails/{image.name}",
            format="png",
            width=28,
            height=28,
            byte_size=500,
        )
        for image in batch
    ]
    arrivals_part(project=project, new=rows)
    Image.objects.bulk_create(rows)
    return {row.name: row.split for row in rows}


def splits_now(project: Project) -> dict[str, str]:
    """Each image's split by its name."""
    return dict(Image.objects.filter(project=project).values_list("name", "split"))
