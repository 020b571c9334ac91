"""Places for tests, and syncing them as a worker does."""

from __future__ import annotations

from typing import Any

from apps.imports.models import Import
from apps.imports.syncing import place_sync, sync_begin
from apps.jobs.services import job_claim, job_succeed
from apps.places.models import Place
from apps.places.services import place_create
from apps.projects.models import Project
from tests.places.s3_server import BUCKET, KEY_ID, SECRET


def bucket_of(project: Project, address: str, **said: Any) -> Place:
    """The test service's bucket as a place."""
    told = {
        "name": "Pictures", "kind": Place.Kind.S3, "bucket": BUCKET, "endpoint_url": address,
        "access_key_id": KEY_ID, "secret_access_key": SECRET,
    }  # fmt: skip
    return place_create(project=project, actor=None, **{**told, **said})


def folder_of(project: Project, folder: object, **said: Any) -> Place:
    """A folder of this machine as a place."""
    told = {"name": "Folder", "kind": Place.Kind.FOLDER, "folder": str(folder)}
    return place_create(project=project, actor=None, **{**told, **said})


def synced(place: Place, **told: Any) -> Import:
    """The place's next sync, done."""
    return carried_on(sync_begin(place=place, actor=None), **told)


def carried_on(sync: Import, **told: Any) -> Import:
    """A sync that was begun, done."""
    assert sync.job
    claim = job_claim(job_id=sync.job.pk, worker="test")
    assert claim
    quiet = {"on_progress": lambda done, before: None, "should_stop": lambda: False}
    fresh = Import.objects.select_related("project", "place").get(pk=sync.pk)
    done = place_sync(claim=claim, sync=fresh, **{**quiet, **told})
    job_succeed(claim=claim, result={})
    return done


def counts(sync: Import) -> dict[str, int]:
    """Those counts of a sync that are not 0."""
    names = ("accepted", "duplicates", "refused", "unchanged", "changed")
    return {name: getattr(sync, name) for name in names if getattr(sync, name)}
