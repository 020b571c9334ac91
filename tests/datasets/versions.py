"""Versions for tests: frozen by the service, or written of given lines."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.datasets.manifest import Entry, manifest_write
from apps.datasets.models import DatasetVersion, Export
from apps.datasets.selection import Selection
from apps.datasets.services import version_freeze
from apps.jobs.models import Job
from apps.jobs.services import Claim, job_claim
from apps.projects.models import Project
from tests.factories import JobFactory


def claim_of(job: Job) -> Claim:
    """A worker's hold on a queued job."""
    claim = job_claim(job_id=job.pk, worker="test")
    assert claim is not None
    return claim


def frozen(project: Project, note: str = "", **filters: Any) -> tuple[DatasetVersion, bool]:
    """The dataset as it is now, and whether that is a new version."""
    return version_freeze(
        claim=claim_of(JobFactory(project=project)),
        project=project,
        selection=Selection.of(**filters),
        note=note,
        facts={},
        actor=None,
        should_stop=lambda: False,
    )


def entry(name: str, annotation_class: str = "boot", **values: Any) -> Entry:
    """A line; the name stands for the image's content."""
    known: dict[str, Any] = {
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "annotation_class": annotation_class,
        "origin": "real",
        "split": "train",
        "basis": "given",
        "method": "",
        "agreement": None,
        "reviews": (),
        "lineage": None,
        "format": "png",
        "width": 28,
        "height": 28,
        "bytes": 500,
    }
    return Entry(**{**known, **values})


def manifest_of(*entries: Entry, classes: tuple[str, ...] = ("boot", "coat", "shirt")) -> bytes:
    """A manifest's bytes."""
    file = io.BytesIO()
    manifest_write(file, classes, sorted(entries, key=lambda entry: entry.sha256))
    return file.getvalue()


def version_of(project: Project, *entries: Entry, number: int = 1) -> DatasetVersion:
    """A version whose manifest has these lines, whatever images the project has."""
    manifest = manifest_of(*entries)
    cells = Counter((entry.split, entry.origin, entry.annotation_class) for entry in entries)
    version = DatasetVersion.objects.create(
        project=project,
        number=number,
        sha256=hashlib.sha256(manifest).hexdigest(),
        byte_size=len(manifest),
        image_count=len(entries),
        real_count=len(entries),
        synthetic_count=0,
        reviewed_count=0,
        counts=[[*cell, count] for cell, count in cells.items()],
    )
    default_storage.save(version.manifest_key, ContentFile(manifest))
    return version


def export_of(version: DatasetVersion, content: bytes, **values: Any) -> Export:
    """An export that is made, with a file of that content."""
    export = Export.objects.create(
        version=version,
        digest="0" * 64,
        image_count=version.image_count,
        sha256=hashlib.sha256(content).hexdigest(),
        byte_size=len(content),
        **{"format": "folders", **values},
    )
    default_storage.save(export.key, ContentFile(content))
    return export
