"""The images that a version is made of, as they are now, with the reviews behind them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from apps.datasets.manifest import Entry, lineage_id
from apps.datasets.selection import Selection
from apps.generation.models import GenerationRun
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import Judgement, Review

PAGE = 2000
"""Images a query; all of them together are never in memory."""


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """Read the database as it is at this moment, whatever others write meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def entry_list(project: Project, selection: Selection) -> Iterator[Entry]:
    """The project's images that may be trained or measured on, in the order of their hashes.

    These are the accepted ones with a class, and of batches that people certified by a
    sample also the synthetic images that nobody looked at, with the class asked for.
    """
    certified = _certified_batches(project)
    images = Image.objects.filter(
        Q(status=Image.Status.ACCEPTED, annotation_class__isnull=False)
        | Q(
            status=Image.Status.UNREVIEWED,
            origin=Image.Origin.SYNTHETIC,
            lineage__generation_run__in=list(certified),
        ),
        project=project,
    )
    if selection.origin:
        images = images.filter(origin=selection.origin)
    last = ""
    while page := list(images.filter(sha256__gt=last).order_by("sha256").values(*_COLUMNS)[:PAGE]):
        last = page[-1]["sha256"]
        judged = _judgements(page)
        for row in page:
            if row["annotation_class__name"] or _is_certified(row, certified):
                entry = _entry(row, judged.get(row["pk"]))
                if selection.passes(entry):
                    yield entry


_COLUMNS = [
    "pk", "sha256", "origin", "split", "format", "width", "height", "byte_size",
    "annotation_class__name", "lineage__generation_run", "lineage__sample_index",
    "lineage__annotation_class__name",
]  # fmt: skip


def _certified_batches(project: Project) -> dict[int, list[str]]:
    """By generation run: the classes of it that stay out all the same."""
    runs = GenerationRun.objects.filter(project=project, admitted=True)
    return {pk: audit.get("excluded_classes", []) for pk, audit in runs.values_list("pk", "audit")}


def _is_certified(row: dict[str, Any], certified: dict[int, list[str]]) -> bool:
    kept_out = certified[row["lineage__generation_run"]]
    return row["lineage__annotation_class__name"] not in kept_out


def _judgements(page: Sequence[dict[str, Any]]) -> dict[int, tuple[Judgement, list[str]]]:
    """By image: the newest judgement that decided something, with its reviews' ids."""
    standing = (
        Judgement.objects.filter(task__image__in=[row["pk"] for row in page], superseded_at=None)
        .exclude(verdict__in=["", Review.Verdict.UNCLEAR])
        .select_related("task", "annotation_class")
        .order_by("task__done_at", "pk")
    )
    newest = {judgement.task.image_id: judgement for judgement in standing}
    reviews: dict[int, list[str]] = {}
    for judgement_id, review_id in Judgement.reviews.through.objects.filter(
        judgement__in=newest.values()
    ).values_list("judgement_id", "review_id"):
        reviews.setdefault(judgement_id, []).append(str(review_id))
    return {image: (found, sorted(reviews.get(found.pk, []))) for image, found in newest.items()}


def _entry(row: dict[str, Any], judged: tuple[Judgement, list[str]] | None) -> Entry:
    name, run = row["annotation_class__name"], row["lineage__generation_run"]
    return Entry(
        sha256=row["sha256"],
        annotation_class=name or row["lineage__annotation_class__name"],
        origin=row["origin"],
        split=row["split"],
        **_basis(name, judged),
        lineage=lineage_id(run, row["lineage__sample_index"]) if run else None,
        format=row["format"],
        width=row["width"],
        height=row["height"],
        bytes=row["byte_size"],
    )


def _basis(name: str | None, judged: tuple[Judgement, list[str]] | None) -> dict[str, Any]:
    """What a class rests on: reviews, where they speak for the class that the image has now."""
    judgement, reviews = judged or (None, [])
    if name and judgement and _speaks_for(judgement, name):
        return {
            "basis": "reviews",
            "method": judgement.method,
            "agreement": round(judgement.confidence, 4),
            "reviews": tuple(reviews),
        }
    return {"basis": "given" if name else "batch", "method": "", "agreement": None, "reviews": ()}


def _speaks_for(judgement: Judgement, name: str) -> bool:
    """Whether it says that the image shows this class."""
    if judgement.annotation_class is None:
        return judgement.verdict == Review.Verdict.RIGHT  # the class that it was made for
    return judgement.annotation_class.name == name
