"""Exports: asked for, made by a job, taken away."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.datasets.material import Tally
from apps.datasets.models import DatasetVersion, Export
from apps.datasets.packing import REVISION, archive_forget, archive_write
from apps.datasets.selection import Selection
from apps.datasets.selectors import version_image_count
from apps.datasets.storage import file_keep, file_sha256
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, event_publish, job_enqueue, job_retry
from ml_engine.config import OnEvent, ShouldStop


def export_request(
    *, version: DatasetVersion, format_name: str, selection: Selection, actor: User
) -> tuple[Export, bool]:
    """Ask for an export; returns it and whether it is new.

    One that was made is returned as it is; one whose job failed or was cancelled goes on.
    Raises `Conflict` where no image passes.
    """
    digest = _digest(format_name, selection)
    image_count = version_image_count(version, selection)
    if not image_count:
        raise Conflict(f"No image of {version} passes these filters: {selection}.")
    with transaction.atomic():
        export, is_new = Export.objects.get_or_create(
            version=version,
            digest=digest,
            defaults={
                "format": format_name,
                "selection": selection.to_json(),
                "image_count": image_count,
                "created_by": actor,
            },
        )
        if export.job is None and not export.is_ready:
            export.job = _enqueue(export, actor)
            export.save(update_fields=["job"])
        elif export.job and export.job.status in Job.ENDED_BADLY:
            job_retry(job=export.job, actor=actor)
        if is_new:
            audit_record(
                actor=actor,
                action="export.request",
                project_slug=version.project.slug,
                detail={"version": version.number, "format": format_name, **selection.to_json()},
            )
    return export, is_new


def export_make(
    *, claim: Claim, export: Export, on_event: OnEvent, should_stop: ShouldStop
) -> Export:
    """Write the archive and keep it. Stopped at any point, the next attempt goes on from there.

    Raises StopRequestedError, `Fenced`, `ManifestError`, `ImageLostError` and `MarkError`.
    """
    path = _scratch(export)
    archive_write(path, export, Tally(export.image_count, on_event, should_stop))
    export.sha256, export.byte_size = file_sha256(path), path.stat().st_size
    file_keep(path, export.key)
    with transaction.atomic():
        claim_require(claim=claim)
        export.save(update_fields=["sha256", "byte_size"])
        event_publish(
            project_id=export.version.project_id,
            kind="export.made",
            payload={"export": export.pk, "sha256": export.sha256, "bytes": export.byte_size},
        )
    archive_forget(_scratch(export))
    return export


def export_delete(*, export: Export, actor: User) -> None:
    """Take an export's file away; asked for again, it is made again with the same bytes.

    Raises `Conflict` while it is being made.
    """
    if export.job and not export.job.is_finished:
        raise Conflict("This export is being made. Cancel its job first.")
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).delete()
        audit_record(
            actor=actor,
            action="export.delete",
            project_slug=export.version.project.slug,
            detail={"version": export.version.number, "format": export.format},
        )
    archive_forget(_scratch(export))
    if export.is_ready and not Export.objects.filter(sha256=export.sha256).exists():
        default_storage.delete(export.key)


def _enqueue(export: Export, actor: User) -> Job:
    return job_enqueue(
        project=export.version.project,
        kind="export_dataset",
        title=f"Export {export.version} as {export.get_format_display()}",
        payload={"export": export.pk},
        key=f"export {export.pk}",
        created_by=actor,
    )


def _digest(format_name: str, selection: Selection) -> str:
    named = {"format": format_name, "selection": selection.to_json()}
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def _scratch(export: Export) -> Path:
    """Where the archive grows: on the disk that all workers share, so that any may go on."""
    folder: Path = settings.ENGINE_ROOT / "exports"
    return folder / f"{export.pk}-{export.digest[:16]}-{REVISION}.zip"
