"""Syncing a place: what is new or changed there is read, what is known is only counted.

The listing is gone through in order, page by page. Each file that was read has a row
(`SyncedKey`), which is written in one transaction with its image or its refusal; a page that is
through is noted in the import. So a sync that is killed goes on behind the last such page, and
reads nothing again that was taken in before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.intake import NAME_LENGTH, text_clean
from apps.images.models import Image
from apps.images.refusals import Reason, Refused
from apps.images.services import IngestReport, images_ingest
from apps.images.sources import MOST_FILE_BYTES, Reference, Source, too_large
from apps.imports.models import Import, SyncedKey
from apps.imports.reading_ahead import Arrived, ReadAhead
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, job_enqueue
from apps.places.clients.protocol import Entry, Page
from apps.places.errors import PlaceError
from apps.places.models import Place
from apps.places.reading import place_opened
from apps.projects.selectors import annotation_class_list

KIND = "sync_place"
BATCH_IMAGES = 64
BATCH_BYTES = 16 * 1024 * 1024
BATCH_SECONDS = 5.0
UNREADABLE_IN_A_ROW = 20
"""After so many the place is at fault and not its files."""
BEGUN_AT_ONCE = 20
UNFINISHED = (Job.Status.QUEUED, Job.Status.RUNNING)
State = SyncedKey.State

OnProgress = Callable[[int, int], None]
"""Told how many files are through, and how many the place had before (0: unknown)."""
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of a key."""

    version: str
    state: str
    read_at: datetime
    image_id: int | None

    def is_settled(self, entry: Entry, began: datetime) -> bool:
        """Whether nothing of the entry is to be read in a sync that began then."""
        was_tried = not self.version and self.read_at >= began
        return self.state != State.GONE and (self.version == entry.version or was_tried)


def sync_begin(*, place: Place, actor: User | None) -> Import:
    """Have a job sync a place, and set when it is next due. Raises `Conflict` while one does."""
    with transaction.atomic():
        place = Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
        if place.syncs.filter(job__status__in=UNFINISHED).exists():
            raise Conflict("This place is being synced already.")
        sync = Import.objects.create(
            project=place.project,
            title=f"Sync of {place.name}",
            layout=_layout(place),
            split=place.split,
            place=place,
            created_by=actor,
        )
        sync.job = job_enqueue(
            project=place.project,
            kind=KIND,
            title=f"Sync {place.name}",
            payload={"import": sync.pk},
            created_by=actor,
        )
        sync.save(update_fields=["job"])
        place_put_off(place=place)
        if actor:
            audit_record(
                actor=actor,
                action="place.sync",
                project_slug=place.project.slug,
                detail={"place": place.pk, "name": place.name},
            )
    return sync


def place_put_off(*, place: Place) -> None:
    """Set when the place is next synced by itself, counted from now."""
    minutes = place.every_minutes
    place.due_at = timezone.now() + timedelta(minutes=minutes) if minutes else None
    place.save(update_fields=["due_at"])


def syncs_begin_due() -> None:
    """Begin what is due: the conductor's duty. A place that is still being synced waits a turn."""
    due = Place.objects.filter(due_at__lte=timezone.now()).select_related("project")
    for place in due.order_by("due_at")[:BEGUN_AT_ONCE]:
        try:
            sync_begin(place=place, actor=None)
        except Conflict:
            place_put_off(place=place)


def place_sync(
    *, claim: Claim, sync: Import, on_progress: OnProgress, should_stop: ShouldStop
) -> Import:
    """Sync what is left of the sync's place; returns it with its counts.

    Raises StopRequestedError where `should_stop()` turned true, `Fenced` where another attempt
    holds the job, and `PlaceError` where the place cannot be read.
    """
    place = sync.place
    if place is None:
        raise PlaceError("The place of this sync is not there any more.")
    try:
        with place_opened(place) as client, ReadAhead(client, should_stop) as reading:
            syncing = _Syncing(claim, sync, place, reading)
            for page in reading.pages(sync.settled_key):
                syncing.settle(page)
                on_progress(syncing.done, syncing.known_before)
    except PlaceError as error:
        raise PlaceError(
            f"{error.detail} What was synced is kept; a retry goes on there."
        ) from None
    return sync


class _Syncing:
    """One attempt at one sync."""

    def __init__(self, claim: Claim, sync: Import, place: Place, reading: ReadAhead) -> None:
        self._claim = claim
        self._sync = sync
        self._place = place
        self._reading = reading
        self._class_names = {known.name for known in annotation_class_list(sync.project)}
        self._unreadable = 0
        self._passed = sync.settled_key
        self.known_before = SyncedKey.objects.filter(place=place).exclude(state=State.GONE).count()
        self.done = sync.accepted + sync.duplicates + sync.refused + sync.unchanged

    def settle(self, page: Page) -> None:
        """Take in what is new of a page of the listing, and note that it is through."""
        known = self._known(page)
        entries = [entry for entry in page.entries if entry.may_be_image]
        settled = {
            entry.key
            for entry in entries
            if entry.key in known and known[entry.key].is_settled(entry, self._sync.created_at)
        }
        wanted = [entry for entry in entries if entry.key not in settled]
        for batch in _batches(self._reading.files(wanted)):
            self._take_in(batch, known)
        self._close(page, known, settled)

    def _known(self, page: Page) -> dict[str, _Known]:
        """What is kept of the stretch that the page covers: one statement a page."""
        rows = SyncedKey.objects.filter(place=self._place, key__gt=self._passed)
        if page.last is not None:
            rows = rows.filter(key__lte=page.last)
        return {
            key: _Known(version, state, read_at, image_id)
            for key, version, state, read_at, image_id in rows.values_list(
                "key", "version", "state", "read_at", "image_id"
            )
        }

    def _take_in(self, batch: Sequence[Arrived], known: Mapping[str, _Known]) -> None:
        arrived = [one for one in batch if self._is_there(one)]
        with transaction.atomic():
            report = images_ingest(
                project=self._sync.project,
                sources=[self._source(one) for one in arrived],
                split=self._sync.split or None,
                sent_by=self._sync.sender,
            )
            # Once all are decoded, so that the job's row is locked for a moment only.
            claim_require(claim=self._claim)
            became = _became(report)
            rows = [self._row(one, *became[_name(one.entry)]) for one in arrived]
            SyncedKey.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["place", "key"],
                update_fields=["version", "size", "state", "image", "read_at"],
            )
            Import.objects.filter(pk=self._sync.pk).update(
                accepted=F("accepted") + len(report.accepted),
                duplicates=F("duplicates") + len(report.duplicates),
                refused=F("refused") + len(report.refused),
                changed=F("changed") + sum(_has_changed(row, known.get(row.key)) for row in rows),
            )
        self.done += len(arrived)

    def _is_there(self, arrived: Arrived) -> bool:
        """Whether it is to be told of. Raises `PlaceError` where the place is at fault."""
        error = arrived.error
        if error is None:
            self._unreadable = 0
            return True
        if error.is_gone:
            return False  # It went after it was listed; the next listing tells.
        self._unreadable += 1
        if error.transient or self._unreadable >= UNREADABLE_IN_A_ROW:
            raise error
        return True

    def _source(self, arrived: Arrived) -> Source | Refused:
        entry, name = arrived.entry, _name(arrived.entry)
        if arrived.error:
            return Refused(name, Reason.UNREADABLE, arrived.error.detail)
        if entry.size > MOST_FILE_BYTES:
            refuse = too_large()
            return Refused(name, refuse.reason, refuse.detail)
        return Source(
            name,
            arrived.content,
            annotation_class=self._class(entry.key),
            metadata=self._sync.metadata,
            reference=Reference(self._place, entry.key) if self._place.is_by_reference else None,
        )

    def _class(self, key: str) -> str | None:
        if self._place.classes != Place.Classes.FOLDERS:
            return None
        folders = key.split("/")[:-1]
        return next((name for name in reversed(folders) if name in self._class_names), None)

    def _row(self, arrived: Arrived, state: str, image: Image | None) -> SyncedKey:
        entry = arrived.entry
        return SyncedKey(
            place=self._place,
            key=entry.key,
            # What could not be read is tried again in the next sync.
            version="" if arrived.error else entry.version,
            size=entry.size,
            state=state,
            image=image,
            read_at=timezone.now(),
        )

    def _close(self, page: Page, known: Mapping[str, _Known], settled: Collection[str]) -> None:
        listed = {entry.key for entry in page.entries}
        gone = [
            key for key, kept in known.items() if key not in listed and kept.state != State.GONE
        ]
        unchanged = sum(known[key].read_at < self._sync.created_at for key in settled)
        with transaction.atomic():
            claim_require(claim=self._claim)
            SyncedKey.objects.filter(place=self._place, key__in=gone).update(state=State.GONE)
            Import.objects.filter(pk=self._sync.pk).update(
                unchanged=F("unchanged") + unchanged,
                settled_key=self._passed if page.last is None else page.last,
            )
            if page.last is None:
                _end(self._sync)
        self.done += unchanged
        self._passed = page.last or self._passed


def _layout(place: Place) -> str:
    by_folders = place.classes == Place.Classes.FOLDERS
    return Import.Layout.FOLDERS if by_folders else Import.Layout.PLAIN


def _name(entry: Entry) -> str:
    return text_clean(entry.key, NAME_LENGTH)


def _batches(arrived: Iterable[Arrived]) -> Iterator[list[Arrived]]:
    """Few enough at a time for one transaction, and no two that would be called the same."""
    batch: dict[str, Arrived] = {}
    size, began = 0, time.monotonic()
    for one in arrived:
        name = _name(one.entry)
        if batch and (
            name in batch
            or len(batch) == BATCH_IMAGES
            or size >= BATCH_BYTES
            or time.monotonic() - began > BATCH_SECONDS
        ):
            yield list(batch.values())
            batch, size, began = {}, 0, time.monotonic()
        batch[name] = one
        size += len(one.content)
    if batch:
        yield list(batch.values())


def _became(report: IngestReport) -> dict[str, tuple[str, Image | None]]:
    """The state and image of each file by its name."""
    return {
        **{image.name: (State.TAKEN, image) for image in report.accepted},
        **{twin.name: (State.DUPLICATE, twin.image) for twin in report.duplicates},
        **{refused.name: (State.REFUSED, None) for refused in report.refused},
    }


def _has_changed(row: SyncedKey, before: _Known | None) -> bool:
    """Whether another image lay under the key."""
    return bool(before and before.image_id and before.image_id != row.image_id)


def _end(sync: Import) -> None:
    sync.refresh_from_db(fields=["accepted", "duplicates", "refused", "unchanged", "changed"])
    sync.total = sync.accepted + sync.duplicates + sync.refused + sync.unchanged
    sync.ended_at = timezone.now()
    sync.save(update_fields=["total", "ended_at"])
