"""Reading versions and exports."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from apps.datasets.differences import Difference, difference
from apps.datasets.manifest import entry_of, manifest_lines
from apps.datasets.models import DatasetVersion, Export
from apps.datasets.selection import Selection
from apps.datasets.storage import file_chunks
from apps.images.models import Image
from apps.jobs.models import Job
from apps.projects.models import Project


def version_list(project: Project) -> QuerySet[DatasetVersion]:
    """The project's versions, newest first."""
    versions = DatasetVersion.objects.filter(project=project).select_related("created_by")
    return versions.order_by("-number")


def version_get(project: Project, number: int) -> DatasetVersion:
    """One version. Raises Http404."""
    return get_object_or_404(version_list(project), number=number)


def freeze_last(project: Project) -> Job | None:
    """The job that a person last asked to freeze a version."""
    asked = Job.objects.filter(project=project, kind="freeze_version", created_by__isnull=False)
    return asked.order_by("-created_at").first()


def version_difference(
    before: DatasetVersion, after: DatasetVersion, *, kind: str = "", beyond: str = "", size: int
) -> Difference:
    """What changed between two versions of a project. Raises FileNotFoundError."""
    _, old = manifest_lines(file_chunks(before.manifest_key))
    _, new = manifest_lines(file_chunks(after.manifest_key))
    return difference(old, new, kind=kind, beyond=beyond, size=size)


def version_image_count(version: DatasetVersion, selection: Selection) -> int:
    """How many images of a version pass filters. Raises FileNotFoundError."""
    if selection.least_agreement is None:
        return sum(
            count
            for (split, origin, name), count in version.count_by("split", "origin", "class").items()
            if selection.takes(origin=origin, annotation_class=name, split=split)
        )
    _, lines = manifest_lines(file_chunks(version.manifest_key))
    return sum(selection.passes(entry_of(line)) for line in lines)


def export_list(project: Project) -> QuerySet[Export]:
    """The project's exports, newest first."""
    exports = Export.objects.filter(version__project=project)
    return exports.select_related("version__project", "job", "created_by").order_by("-id")


def export_get(project: Project, export_id: int) -> Export:
    """One export. Raises Http404."""
    return get_object_or_404(export_list(project), pk=export_id)


def images_by_hash(project: Project, hashes: Sequence[str]) -> dict[str, Image]:
    """The project's images of these hashes; those that are gone are left out."""
    images = Image.objects.filter(project=project, sha256__in=hashes)
    return {image.sha256: image for image in images}
