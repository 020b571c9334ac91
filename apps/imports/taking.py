"""Taking an import in: its files in order, an archive's members in theirs, a batch at a time.

A batch's images, the counts and the cursors are one transaction. So an attempt that is killed
loses no more than a batch, and the next goes on behind the last that was written: the images,
the refusals and the counts are those of an import that nothing disturbed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.images.archives import archive_kind, archive_members
from apps.images.refusals import Refused
from apps.images.services import IngestReport, images_ingest
from apps.images.sources import Source
from apps.images.url_forms import MOST_URLS, UrlLine
from apps.images.url_lists import url_list_create
from apps.imports.models import Import, Upload
from apps.imports.services import import_files_remove
from apps.imports.storage import upload_path
from apps.imports.survey import ShouldStop, Survey, uploads_in_order
from apps.jobs.services import Claim, claim_require, event_publish
from apps.projects.selectors import annotation_class_list
from ml_engine.config import StopRequestedError

BATCH_IMAGES = 500
BATCH_BYTES = 16 * 1024 * 1024
BATCH_SECONDS = 5.0

OnProgress = Callable[[Import], None]
"""Told the counts whenever they have changed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A member in its turn, and where its upload stands once it is taken in."""

    upload: Upload
    members_done: int
    is_taken: bool
    item: Source | Refused | None
    """None: there is nothing to be taken in, such as of a manifest."""
    size: int = 0


def import_take_in(
    *, claim: Claim, owner: Import, on_progress: OnProgress, should_stop: ShouldStop
) -> Import:
    """Take in what is left of an import; returns it with its counts.

    Raises ManifestError where its files do not fit the layout, before anything is taken in,
    StopRequestedError where `should_stop()` turned true, and `Fenced` where another attempt
    holds the job.
    """
    if owner.ended_at:
        return owner
    names = {known.name for known in annotation_class_list(owner.project)}
    with Survey(owner, names, should_stop) as survey:
        survey.look()
        _begin(claim, owner, survey)
        on_progress(owner)
        arrivals = _arrivals(owner, survey)
        while _batch_take_in(claim, owner, arrivals, should_stop):
            owner.refresh_from_db()
            on_progress(owner)
        _end(claim, owner, survey)
    import_files_remove(owner)
    return owner


def import_count(*, owner: Import, report: IngestReport) -> None:
    """Add what became of some files to an import's counts."""
    Import.objects.filter(pk=owner.pk).update(
        accepted=F("accepted") + len(report.accepted),
        duplicates=F("duplicates") + len(report.duplicates),
        refused=F("refused") + len(report.refused),
    )


def _begin(claim: Claim, owner: Import, survey: Survey) -> None:
    """Write down what was found; an earlier attempt may have done so."""
    with transaction.atomic():
        claim_require(claim=claim)
        if owner.total is None:
            report = images_ingest(
                project=owner.project, sources=survey.refused, sent_by=owner.sender
            )
            import_count(owner=owner, report=report)
        owner.total, owner.found = survey.ledger.total, survey.found()
        owner.save(update_fields=["total", "found"])
    owner.refresh_from_db()


def _arrivals(owner: Import, survey: Survey) -> Iterator[Arrival]:
    for upload in uploads_in_order(owner):
        if not upload.is_taken:
            yield from _upload_arrivals(upload, survey)


def _upload_arrivals(upload: Upload, survey: Survey) -> Iterator[Arrival]:
    path = upload_path(upload)
    with path.open("rb") as file:
        kind = archive_kind(file)
        if kind is None:
            told = None
            if not survey.is_manifest(upload, 0):
                told = survey.told(Source(upload.path, path))
            yield Arrival(upload, 1, True, told, upload.size)
            return
        done = upload.members_done
        for item in archive_members(upload.path, file, kind, start=done):
            done += 1
            if survey.is_manifest(upload, done - 1):
                yield Arrival(upload, done, False, None)
            elif isinstance(item, Refused):
                yield Arrival(upload, done, False, item)
            else:
                size = len(item.file) if isinstance(item.file, bytes) else 0
                yield Arrival(upload, done, False, survey.told(item), size)
        yield Arrival(upload, done, True, None)


def _batch_take_in(
    claim: Claim, owner: Import, arrivals: Iterator[Arrival], should_stop: ShouldStop
) -> bool:
    """Take some in; returns whether there was anything."""
    cursors: dict[Upload, Arrival] = {}

    def items() -> Iterator[Source | Refused]:
        size, until = 0, time.monotonic() + BATCH_SECONDS
        for count, arrival in enumerate(arrivals, 1):
            if should_stop():
                raise StopRequestedError
            cursors[arrival.upload] = arrival
            size += arrival.size
            if arrival.item:
                yield arrival.item
            if count >= BATCH_IMAGES or size >= BATCH_BYTES or time.monotonic() > until:
                break
        # Once all are read, so that the job's row is locked for a moment only.
        claim_require(claim=claim)

    with transaction.atomic():
        report = images_ingest(
            project=owner.project,
            sources=items(),
            split=owner.split or None,
            sent_by=owner.sender,
        )
        import_count(owner=owner, report=report)
        _cursors_write(cursors)
    return bool(cursors)


def _cursors_write(cursors: dict[Upload, Arrival]) -> None:
    for upload, arrival in cursors.items():
        upload.members_done, upload.is_taken = arrival.members_done, arrival.is_taken
    Upload.objects.bulk_update(cursors, ["members_done", "is_taken"], batch_size=500)


def _end(claim: Claim, owner: Import, survey: Survey) -> None:
    with transaction.atomic():
        claim_require(claim=claim)
        owner.refresh_from_db()
        owner.found["addresses"] = _fetch_elsewhere(owner, survey)
        owner.ended_at = timezone.now()
        owner.save(update_fields=["found", "ended_at"])
        event_publish(
            project_id=owner.project_id,
            kind="import.ended",
            payload={"import": owner.pk, "title": owner.title, **counts(owner)},
        )


def counts(owner: Import) -> dict[str, int]:
    """What became of an import's files."""
    return {name: getattr(owner, name) for name in ("accepted", "duplicates", "refused")}


def _fetch_elsewhere(owner: Import, survey: Survey) -> int:
    """Ask for what is not among the files but has an address; returns how many those are."""
    count = 0
    lines = (
        UrlLine(
            position=number,
            url=told.url,
            annotation_class=told.annotation_class,
            split=told.split or owner.split,
            metadata={**owner.metadata, **told.metadata},
        )
        for number, told in enumerate(survey.ledger.elsewhere(), 1)
    )
    while some := list(islice(lines, MOST_URLS)):
        url_list_create(project=owner.project, lines=some, created_by=owner.created_by)
        count += len(some)
    return count
