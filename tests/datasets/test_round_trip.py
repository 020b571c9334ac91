"""Real images of an export come in again as they were: the same bytes, classes and splits."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.images.models import Image
from apps.images.refusals import Reason
from apps.imports.selectors import import_refusals
from apps.projects.models import Project
from tests.datasets.conftest import CLASSES
from tests.datasets.making import archive, asked, make
from tests.factories import ProjectFactory
from tests.imports.sending import sent, taken

BESIDE_THE_PICTURES = {"README.md", "croissant.json", "images.jsonl"}
"""What may be refused, as it is no picture and another file has told the classes."""


def packed(version: DatasetVersion, name: str, *without: str, **filters: Any) -> bytes:
    """An export's archive, less the files of some endings."""
    whole = archive(make(asked(version, name, **filters)))
    if not without:
        return whole
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(kept, "w") as new:
        for member in old.infolist():
            if not member.filename.endswith(without):
                new.writestr(member, old.read(member))
    return kept.getvalue()


def table(version: DatasetVersion, name: str) -> bytes:
    """The one table of an export without pictures."""
    with zipfile.ZipFile(io.BytesIO(archive(make(asked(version, name))))) as opened:
        return opened.read(f"gallery-v1/images.{name}")


def told(project: Project) -> set[tuple[str, str, str]]:
    images = Image.objects.filter(project=project, origin=Image.Origin.REAL)
    return set(images.values_list("sha256", "annotation_class__name", "split"))


def taken_again(files: dict[str, bytes], actor: User) -> tuple[Project, str]:
    """A new project of the same classes with what was imported, and the layout that was seen."""
    project = ProjectFactory(classes=CLASSES)
    done = taken(sent(project, actor, files))
    refused = {
        refusal.name.rpartition("/")[2]
        for refusal in import_refusals(done)
        if refusal.reason != Reason.MARKED_SYNTHETIC
    }
    assert refused <= BESIDE_THE_PICTURES
    return project, done.found["layout"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "layout"), [("folders", "manifest"), ("coco", "coco")])
def test_an_export_is_imported_as_it_was(
    version: DatasetVersion, manager: User, name: str, layout: str
) -> None:
    project, seen = taken_again({"export.zip": packed(version, name)}, manager)
    assert seen == layout
    assert told(project) == told(version.project)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_a_table_tells_of_pictures_that_come_beside_it(
    version: DatasetVersion, manager: User, name: str
) -> None:
    pictures = packed(version, "folders", ".md", ".json", ".jsonl")
    files = {f"images.{name}": table(version, name), "pictures.zip": pictures}
    project, seen = taken_again(files, manager)
    assert seen == "manifest"
    assert told(project) == told(version.project)


@pytest.mark.django_db(transaction=True)
def test_folders_alone_tell_splits_and_classes(version: DatasetVersion, manager: User) -> None:
    pictures = packed(version, "folders", ".md", ".json", ".jsonl", classes=["shirt"])
    project, seen = taken_again({"pictures.zip": pictures}, manager)
    assert seen == "image_folder"
    assert told(project) == {image for image in told(version.project) if image[1] == "shirt"}
