"""Imports as people send them and the worker takes them in."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.imports.models import Import
from apps.imports.services import import_begin, import_create, upload_append, upload_create
from apps.imports.taking import import_take_in
from apps.jobs.models import Job
from apps.jobs.services import job_claim
from apps.projects.models import Project


def sent(project: Project, actor: User, files: dict[str, bytes], **told: Any) -> Import:
    """An import that has these files and has begun."""
    owner = import_create(project=project, created_by=actor, title="files", **told)
    for name, content in files.items():
        upload = upload_create(owner=owner, path=name, size=len(content))
        upload_append(upload=upload, offset=0, chunks=[content])
    import_begin(owner=owner, actor=actor)
    return Import.objects.get(pk=owner.pk)


def taken(owner: Import, **told: Any) -> Import:
    """The import, once an attempt at its job has ended."""
    assert owner.job
    Job.objects.filter(pk=owner.job.pk).update(status="queued")
    claim = job_claim(job_id=owner.job.pk, worker="test")
    assert claim
    quiet = {"on_progress": lambda _: None, "should_stop": lambda: False}
    import_take_in(claim=claim, owner=Import.objects.get(pk=owner.pk), **{**quiet, **told})
    return Import.objects.get(pk=owner.pk)


def counts(owner: Import) -> tuple[int, int, int]:
    return owner.accepted, owner.duplicates, owner.refused
