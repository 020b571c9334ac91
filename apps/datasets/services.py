"""Writing versions."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.datasets.listing import entry_list, snapshot
from apps.datasets.manifest import Entry, Written, manifest_write
from apps.datasets.models import DatasetVersion
from apps.datasets.selection import Selection
from apps.datasets.storage import file_keep
from apps.generation.models import GenerationRun
from apps.images.splits.reading import torn_groups
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, event_publish, job_enqueue
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list
from ml_engine.config import ShouldStop, StopRequestedError


class NothingToFreezeError(ValueError):
    """No image passes."""


def version_freeze_enqueue(
    *,
    project: Project,
    selection: Selection,
    note: str,
    actor: User | None,
    title: str = "Freeze a version",
    key: str = "",
) -> Job:
    """Ask for a version of the dataset as it is when the job begins; with a `key`, once."""
    return job_enqueue(
        project=project,
        kind="freeze_version",
        title=title,
        payload={"selection": selection.to_json(), "note": note},
        key=key,
        created_by=actor,
    )


def version_freeze(
    *,
    claim: Claim,
    project: Project,
    selection: Selection,
    note: str,
    facts: Mapping[str, Any],
    actor: User | None,
    should_stop: ShouldStop,
) -> tuple[DatasetVersion, bool]:
    """Write the manifest of the dataset as it is now; returns the version and whether it is new.

    Content that was frozen before is that version. Raises `NothingToFreezeError`,
    StopRequestedError and `Fenced`.
    """
    with tempfile.TemporaryDirectory(prefix="assay-manifest-") as folder:
        path = Path(folder) / "manifest.jsonl"
        with path.open("wb") as file, snapshot():
            classes = [known.name for known in annotation_class_list(project)]
            entries = _until_stopped(entry_list(project, selection), should_stop)
            written = manifest_write(file, classes, entries)
            generators = _generators(written.batches)
            torn = torn_groups(project).count()
        if not written.image_count:
            raise NothingToFreezeError(
                f"No image with a class passes these filters: {selection}. Loosen them, or"
                " annotate images first."
            )
        version = DatasetVersion(
            project=project,
            sha256=written.sha256,
            byte_size=written.byte_size,
            note=note,
            selection=selection.to_json(),
            facts={**facts, "generators": generators, "torn_groups": torn},
            created_by=actor,
            **_counted(written),
        )
        file_keep(path, version.manifest_key)
    return _version_record(claim, version, actor)


def _version_record(
    claim: Claim, version: DatasetVersion, actor: User | None
) -> tuple[DatasetVersion, bool]:
    with transaction.atomic():
        claim_require(claim=claim)
        # One version at a time, so that numbers have no gaps and equal content is one row.
        project = Project.objects.select_for_update(no_key=True).get(pk=version.project_id)
        versions = DatasetVersion.objects.filter(project=project)
        known = versions.filter(sha256=version.sha256).first()
        if known:
            return known, False
        version.number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
        version.save()
        told = {"version": version.number, "sha256": version.sha256, "images": version.image_count}
        event_publish(project_id=project.pk, kind="version.frozen", payload=told)
        audit_record(actor=actor, action="version.freeze", project_slug=project.slug, detail=told)
    return version, True


def _until_stopped(entries: Iterator[Entry], should_stop: ShouldStop) -> Iterator[Entry]:
    for entry in entries:
        if should_stop():
            raise StopRequestedError
        yield entry


def _counted(written: Written) -> dict[str, Any]:
    origins: Counter[str] = Counter()
    for (_, origin, _), count in written.counts.items():
        origins[origin] += count
    return {
        "image_count": written.image_count,
        "real_count": origins["real"],
        "synthetic_count": origins["synthetic"],
        "reviewed_count": written.reviewed_count,
        "counts": [[*key, count] for key, count in sorted(written.counts.items())],
    }


def _generators(batches: Counter[int]) -> list[dict[str, Any]]:
    """What made the synthetic images, batch by batch."""
    runs = GenerationRun.objects.filter(pk__in=batches).select_related("checkpoint__training_run")
    return [
        {
            "run": run.pk,
            "family": run.checkpoint.training_run.family,
            "checkpoint": run.checkpoint.sha256,
            "seed": run.seed,
            "images": batches[run.pk],
        }
        for run in runs.order_by("pk")
    ]
