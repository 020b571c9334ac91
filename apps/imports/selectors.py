"""Reading imports and their uploads."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone

from apps.images.models import Image, Refusal
from apps.imports.models import Import, Upload
from apps.projects.models import Project

PICTURES_FOR = timedelta(days=1)


def import_list(project: Project) -> QuerySet[Import]:
    """A project's imports with their jobs, newest first."""
    return project.imports.select_related("job", "created_by").order_by("-id")


def import_get(project: Project, import_id: int) -> Import:
    """One of them. Raises Http404."""
    found = import_list(project).filter(pk=import_id).first()
    if found is None:
        raise Http404("There is no such import in this project.")
    return found


def upload_get(project: Project, upload_id: UUID) -> Upload:
    """A file of one of the project's imports. Raises Http404."""
    uploads = Upload.objects.select_related("owner__project")
    found = uploads.filter(pk=upload_id, owner__project=project).first()
    if found is None:
        raise Http404("There is no such upload in this project; it may have expired.")
    return found


def upload_missing(owner: Import) -> Upload | None:
    """The first file of an import that has not arrived whole, if there is one."""
    return owner.uploads.filter(received__lt=F("size")).order_by("path", "id").first()


def import_pictures(owner: Import) -> QuerySet[Image]:
    """Images that came in while an import was taken in, newest first; of an old one, none.

    By time, as an image does not say what brought it: the oldest would be a long way to go.
    """
    if owner.job is None or owner.job.started_at is None:
        return Image.objects.none()
    until = owner.job.finished_at or timezone.now()
    if until < timezone.now() - PICTURES_FOR:
        return Image.objects.none()
    came = (owner.job.started_at, until)
    images = Image.objects.filter(
        project=owner.project_id, origin=Image.Origin.REAL, created_at__range=came
    )
    return images.select_related("annotation_class").order_by("-id")


def import_refusals(owner: Import) -> QuerySet[Refusal]:
    """The files of an import that were not taken in."""
    return Refusal.objects.filter(project=owner.project_id, sent_by=owner.sender)
