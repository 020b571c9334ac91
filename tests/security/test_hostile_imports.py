"""What imports make of archives and manifests that are broken or mean harm."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.images.models import Image
from apps.imports.layouts.told import ManifestError
from apps.imports.models import Import
from apps.projects.models import Project
from config.benches.hostile import strays
from config.benches.hostile.importing import hostile_archives, neighbours
from config.benches.hostile.manifests import hostile_manifests
from tests.imports.sending import taken

ARCHIVES = list(hostile_archives())
MANIFESTS = list(hostile_manifests())
LONGEST_SECONDS = 5.0

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
]


def imported(api: APIClient, project: Project, number: int, name: str, content: bytes) -> set[str]:
    """The names that an import of the file between two good ones took in."""
    first, last = neighbours(number).items()
    files = [SimpleUploadedFile(*file) for file in (first, (name, content), last)]
    address = f"/api/v1/projects/{project.slug}/imports/"
    began = time.process_time()
    answer = api.post(address, {"file": files}, format="multipart")
    assert answer.status_code == 202, (name, answer.content)
    try:
        taken(Import.objects.get(pk=answer.json()["import"]["id"]))
    finally:
        assert time.process_time() - began < LONGEST_SECONDS, name
    return set(Image.objects.filter(project=project).values_list("name", flat=True))


def test_no_archive_breaks_hangs_gets_out_or_costs_its_neighbours(
    api: APIClient, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "secret_key").write_text("untouched")
    before = set(Path("/tmp").glob("out*"))
    for number in range(0, len(ARCHIVES), 9):
        names = imported(api, project, number, *ARCHIVES[number])
        assert names.issuperset(neighbours(number)), ARCHIVES[number][0]
    assert strays(tmp_path / "media") == []
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []
    assert (tmp_path / "secret_key").read_text() == "untouched"
    assert set(Path("/tmp").glob("out*")) == before


def test_a_manifest_is_followed_or_refused_in_words(
    api: APIClient, project: Project, tmp_path: Path
) -> None:
    said = []
    for number in range(0, len(MANIFESTS), 9):
        name, content = MANIFESTS[number]
        try:
            names = imported(api, project, number, name, content)
        except ManifestError as error:
            said.append(str(error))
            continue
        assert names.issuperset(neighbours(number)), name
    assert all(sentence.endswith((".", "?")) for sentence in said), said
    assert strays(tmp_path / "media") == []
