"""Mixes made again from what they name: a version of the dataset and a recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.accounts.errors import Conflict
from apps.datasets.manifest import ManifestError, entry_of, manifest_lines
from apps.datasets.models import DatasetVersion
from apps.datasets.storage import file_chunks
from apps.images.models import Image
from apps.loops.models import Mix
from apps.loops.recipes import Candidates, MixRow, Recipe, candidates, mixed
from apps.projects.models import Project
from apps.training.learning import TrainingRow
from apps.training.services import rows_sha256

A_PAGE = 2000
"""Images a query."""


@dataclass(frozen=True, slots=True)
class MixCheck:
    """Whether a mix was found again, image by image and class by class."""

    version: int
    """Number of the version."""
    computed: str
    """Hash of the list that version and recipe give; empty where they give none."""
    recorded: str
    """Hash of the list that was trained on."""
    image_count: int
    reason: str
    """What is wrong; empty where nothing is."""

    @property
    def holds(self) -> bool:
        """Whether it was."""
        return not self.reason


def version_candidates(version: DatasetVersion) -> Candidates:
    """What a version's mixes are drawn from.

    Raises FileNotFoundError and `ManifestError` where its manifest is missing or is not
    the one that the version is named by.
    """
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        for chunk in file_chunks(version.manifest_key):
            digest.update(chunk)
            yield chunk

    classes, lines = manifest_lines(chunks())
    found = candidates(classes, map(entry_of, lines))
    if digest.hexdigest() != version.sha256:
        raise ManifestError(
            f"The manifest of version {version.number} is not the one that was frozen; its file"
            f" {version.manifest_key} in storage was changed."
        )
    return found


def training_rows(rows: Sequence[MixRow]) -> list[TrainingRow]:
    """As trainings take them."""
    return [(row.sha256, row.position) for row in rows]


def mix_check(mix: Mix) -> MixCheck:
    """Make a mix again from its version and recipe alone, and compare.

    Raises `Conflict` for a mix that names no version.
    """
    if mix.version is None or mix.asked_ratio is None:
        raise Conflict("This mix is older than versions of mixes; it cannot be made again.")
    recipe = Recipe(mix.asked_ratio, mix.most_synthetic_per_real, mix.seed)
    rows: list[TrainingRow] = []
    computed = reason = ""
    try:
        rows = training_rows(mixed(version_candidates(mix.version), recipe))
    except FileNotFoundError:
        reason = f"The manifest of version {mix.version.number} is missing from storage."
    except ManifestError as error:
        reason = str(error)
    else:
        computed = rows_sha256(rows)
        if computed != mix.rows_sha256:
            reason = f"Version {mix.version.number} and the recipe give another list of images."
    return MixCheck(mix.version.number, computed, mix.rows_sha256, len(rows), reason)


def mix_rows(mix: Mix) -> list[MixRow]:
    """What is trained on of a mix now: all of it that has not been set apart or moved since."""
    if mix.version is None or mix.asked_ratio is None:
        return _rows_kept(mix)
    recipe = Recipe(mix.asked_ratio, mix.most_synthetic_per_real, mix.seed)
    return list(_still_there(mix.project, mixed(version_candidates(mix.version), recipe)))


def _still_there(project: Project, rows: Sequence[MixRow]) -> Iterator[MixRow]:
    images = Image.objects.filter(project=project, split=Image.Split.TRAIN).exclude(
        status__in=[Image.Status.QUARANTINED, Image.Status.REFUSED]
    )
    for begin in range(0, len(rows), A_PAGE):
        page = rows[begin : begin + A_PAGE]
        hashes = images.filter(sha256__in=[row.sha256 for row in page])
        there = set(hashes.values_list("sha256", flat=True))
        yield from (row for row in page if row.sha256 in there)


def _rows_kept(mix: Mix) -> list[MixRow]:
    """Of a mix that has its images as rows: with the class that each has now."""
    images = (
        Image.objects.filter(mix_images__mix=mix, split=Image.Split.TRAIN)
        .exclude(status=Image.Status.QUARANTINED)
        .select_related("annotation_class", "lineage__annotation_class")
        .order_by("sha256")
    )
    return [
        MixRow(image.sha256, (image.annotation_class or image.lineage.annotation_class).position)
        for image in images
    ]
