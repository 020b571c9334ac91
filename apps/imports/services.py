"""Imports: opened, filled with files, begun, abandoned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.parsers import TooLarge
from apps.accounts.services import audit_record
from apps.images.archives import name_check
from apps.images.intake import text_clean
from apps.images.models import Image
from apps.images.refusals import Refuse
from apps.imports.models import Import, Upload
from apps.imports.selectors import upload_missing
from apps.imports.storage import (
    import_forget,
    room_left,
    upload_forget,
    upload_keep,
    upload_open,
)
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.projects.models import Project

KIND = "import_files"
MOST_UPLOAD_BYTES = 256 * 1024**3
MOST_UPLOADS = 100_000
ROOM_KEPT = 1024**3
"""Bytes that uploads leave free for the database and the images themselves."""
KEPT_FOR = timedelta(days=7)
"""How long files wait for what is missing, and those of a failed import for a retry."""
TIDIED_AT_ONCE = 200
LONGEST_TITLE = 160


def import_create(
    *,
    project: Project,
    created_by: User,
    title: str,
    layout: str = Import.Layout.AUTO,
    split: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Import:
    """Open an import for files to be sent to. Raises ValidationError, by field."""
    if layout not in Import.Layout.values:
        choices = ", ".join(Import.Layout.values)
        raise ValidationError(
            {"layout": f"There is no layout {layout!r}; choose one of {choices}."}
        )
    if split and split not in Image.Split.values:
        choices = ", ".join(Image.Split.values)
        raise ValidationError({"split": f"There is no split {split!r}; choose one of {choices}."})
    return Import.objects.create(
        project=project,
        created_by=created_by,
        title=text_clean(title[:LONGEST_TITLE], LONGEST_TITLE),
        layout=layout,
        split=split,
        metadata=dict(metadata or {}),
    )


def upload_create(*, owner: Import, path: str, size: int, metadata: str = "") -> Upload:
    """Announce a file of an open import; `metadata` is what its client wants to be told again.

    Raises ValidationError for a name or size that cannot be, `Conflict` where the
    import has begun, and `TooLarge` where the disk has no room for it.
    """
    upload = _announced(owner, path, size)
    _open_check(owner)
    if owner.uploads.count() >= MOST_UPLOADS:
        raise Conflict(f"An import has {MOST_UPLOADS:,} files at most; begin another one.")
    upload.metadata = metadata
    upload.save()
    return upload


def upload_append(*, upload: Upload, offset: int, chunks: Iterable[bytes]) -> int:
    """Write what comes behind what is there; returns how many bytes are there now.

    What came before the chunks broke off is kept. Raises `UploadBusyError` while another
    request writes, `Conflict` where `offset` is not what was received or the import
    has begun, and `TooLarge` for more than was announced.
    """
    with upload_open(upload) as file:
        upload.refresh_from_db(fields=["received", "owner"])
        _open_check(upload.owner)
        # After a crash of the machine the disk may know less than the database.
        at = min(upload.received, file.seek(0, 2))
        if offset != at:
            upload.received = at
            raise Conflict(f"This file has {at:,} bytes so far; go on from there.")
        file.truncate(at)
        try:
            for chunk in chunks:
                if at + len(chunk) > upload.size:
                    raise TooLarge(f"This file was announced with {upload.size:,} bytes.")
                file.write(chunk)
                at += len(chunk)
        finally:
            file.flush()
            upload.received = at
            upload.expires_at = timezone.now() + KEPT_FOR
            upload.save(update_fields=["received", "expires_at"])
    return at


def import_begin(*, owner: Import, actor: User) -> Job:
    """Have a job take in what was sent; asked again, returns the same job.

    Raises `Conflict` where nothing was sent, or something only in part.
    """
    with transaction.atomic():
        owner = Import.objects.select_for_update(of=("self",)).get(pk=owner.pk)
        if owner.job:
            return owner.job
        _open_check(owner)
        count = owner.uploads.count()
        if not count:
            raise Conflict("Nothing was sent yet; send at least one file.")
        if missing := upload_missing(owner):
            raise Conflict(
                f"{missing.path} has {missing.received:,} of {missing.size:,} bytes; send the"
                " rest, or leave it out."
            )
        owner.job = job_enqueue(
            project=owner.project,
            kind=KIND,
            title=f"Import {owner.title}"[:LONGEST_TITLE],
            payload={"import": owner.pk},
            key=f"import {owner.pk}",
            created_by=actor,
        )
        owner.save(update_fields=["job"])
        audit_record(
            actor=actor,
            action="import.begin",
            project_slug=owner.project.slug,
            detail={"import": owner.pk, "title": owner.title, "files": count},
        )
    return owner.job


def import_send(
    *,
    project: Project,
    created_by: User,
    files: Sequence[tuple[str, Path]],
    title: str = "",
    layout: str = Import.Layout.AUTO,
    split: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Import:
    """Import files that have arrived whole, given by name and path; returns it with its job.

    The files are moved, which is quick if they are below `UPLOAD_ROOT`. Raises
    ValidationError, by field, and `TooLarge`.
    """
    if not files:
        raise ValidationError({"file": "Send at least one file: an archive, or images."})
    owner: Import | None = None
    try:
        with transaction.atomic():
            owner = import_create(
                project=project,
                created_by=created_by,
                title=title or files[0][0],
                layout=layout,
                split=split,
                metadata=metadata,
            )
            uploads = [_announced(owner, name, path.stat().st_size) for name, path in files]
            for upload, (_, path) in zip(uploads, files, strict=True):
                upload.received = upload.size
                upload_keep(upload, path)
            Upload.objects.bulk_create(uploads)
            owner.job = import_begin(owner=owner, actor=created_by)
    except BaseException:
        if owner:
            import_forget(owner)
        raise
    return owner


def import_abandon(*, owner: Import, actor: User) -> None:
    """Throw away what was sent and not taken in. What was taken in stays.

    One that has not begun is gone with its files. Raises `Conflict` while its job goes on.
    """
    with transaction.atomic():
        owner = Import.objects.select_for_update(of=("self",)).get(pk=owner.pk)
        if owner.job and not owner.job.is_finished:
            raise Conflict("This import is being taken in. Cancel its job first.")
        audit_record(
            actor=actor,
            action="import.abandon",
            project_slug=owner.project.slug,
            detail={"import": owner.pk, "title": owner.title},
        )
        if owner.job:
            _end(owner)
    import_files_remove(owner)
    if owner.job is None:
        owner.delete()


def upload_remove(*, upload: Upload) -> None:
    """Leave a file out of an import that has not begun. Raises `Conflict` if it has."""
    with upload_open(upload):
        upload.refresh_from_db(fields=["owner"])
        _open_check(upload.owner)
        upload_forget(upload)
    upload.delete()


def imports_tidy() -> None:
    """Throw away what nobody will ask for again: the conductor's duty."""
    now = timezone.now()
    for upload in Upload.objects.filter(
        expires_at__lt=now, owner__job=None, owner__ended_at=None
    ).select_related("owner")[:TIDIED_AT_ONCE]:
        upload_forget(upload)
        upload.delete()
    mine = Upload.objects.filter(owner=OuterRef("pk"))
    given_up = Import.objects.filter(
        Exists(mine),
        ended_at=None,
        job__status__in=Job.ENDED_BADLY,
        job__finished_at__lt=now - KEPT_FOR,
    )
    for owner in given_up[:TIDIED_AT_ONCE]:
        _end(owner)
    for owner in Import.objects.filter(Exists(mine), ended_at__isnull=False)[:TIDIED_AT_ONCE]:
        import_files_remove(owner)


def _announced(owner: Import, path: str, size: int) -> Upload:
    """The row of a file that is to come. Raises ValidationError and `TooLarge`."""
    name = _path_clean(path)
    if not 0 <= size <= MOST_UPLOAD_BYTES:
        raise ValidationError({"size": f"A file may have 0 to {MOST_UPLOAD_BYTES:,} bytes."})
    if size > room_left() - ROOM_KEPT:
        raise TooLarge(
            f"The server's disk has no room for {size / 1e9:,.1f} GB more; free some space, or"
            " send less at once."
        )
    return Upload(owner=owner, path=name, size=size, expires_at=timezone.now() + KEPT_FOR)


def _open_check(owner: Import) -> None:
    if owner.job_id or owner.ended_at or owner.place_id:
        raise Conflict("This import has begun; open another one for more files.")


def _end(owner: Import) -> None:
    owner.ended_at = timezone.now()
    owner.save(update_fields=["ended_at"])


def import_files_remove(owner: Import) -> None:
    """Take away what was sent, once nothing of it is left to be done."""
    # The rows go last: while they are there, the files are looked for again.
    import_forget(owner)
    owner.uploads.all().delete()


def _path_clean(path: str) -> str:
    """The name that a file came with, as one that can be shown and matched."""
    name = path.replace("\\", "/")
    longest = Upload._meta.get_field("path").max_length or 0
    if len(name) > longest:
        raise ValidationError({"path": f"A name may have {longest:,} characters at most."})
    if not all(sign.isprintable() for sign in name):
        raise ValidationError({"path": "The name has signs in it that cannot be shown."})
    try:
        name_check(name)
    except Refuse as refuse:
        raise ValidationError({"path": refuse.detail}) from None
    return name
