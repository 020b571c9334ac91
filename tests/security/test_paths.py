"""Paths out of their place: through archives, names, keys and classes."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from apps.datasets.formats.names import folder_name
from apps.images.models import Image
from apps.images.storage import key_open
from apps.projects.models import Project
from config.benches.hostile import strays
from config.benches.hostile.archives import WAYS_OUT, ways_out
from tests.images.pictures import png


def test_no_archive_writes_anywhere_but_under_names_of_ours(
    api: APIClient, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "secret_key").write_text("untouched")
    for name, content in ways_out():
        sent = SimpleUploadedFile(name, content)
        answer = api.post(f"/api/v1/projects/{project.slug}/images/", {"files": [sent]})
        assert answer.status_code == 201, name
    assert Image.objects.count() >= 2
    assert strays(tmp_path / "media") == []
    beside = {path.name for path in tmp_path.iterdir()}
    assert beside == {"media", "secret_key"}
    assert (tmp_path / "secret_key").read_text() == "untouched"


def test_a_files_own_name_is_no_path(api: APIClient, project: Project, tmp_path: Path) -> None:
    for number, name in enumerate(WAYS_OUT):
        sent = SimpleUploadedFile("x", png(number))
        sent._name = name  # as it is sent: Django would have cleaned it
        api.post(f"/api/v1/projects/{project.slug}/images/", {"files": [sent]})
    assert strays(tmp_path / "media") == []


@pytest.mark.parametrize("name", WAYS_OUT)
def test_a_class_is_no_path_in_an_export(name: str) -> None:
    folder = folder_name(name or "x")
    for read in (PurePosixPath, PureWindowsPath):
        assert read(folder).name == folder, "one part, which leads nowhere"
        assert not read(folder).is_absolute()
    assert folder not in ("", ".", "..")


@pytest.mark.parametrize("key", ["../secret_key", "/etc/passwd", "images/../../secret_key"])
def test_storage_itself_opens_nothing_outside(key: str, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("secret")
    with pytest.raises(SuspiciousFileOperation):
        key_open(key)
    with pytest.raises(SuspiciousFileOperation):
        default_storage.save(key, SimpleUploadedFile("x", b"x"))


@pytest.mark.parametrize(
    "path",
    ["/static/../secret_key", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fetc/passwd",
     "/static//etc/passwd", "/projects/../../etc/passwd", "/projects/%2e%2e%2f/images/"],
)  # fmt: skip
def test_no_address_is_a_path(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code in (302, 400, 404)
    assert b"root:" not in client.get(path, follow=True).content
