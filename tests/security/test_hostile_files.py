"""A sample of the files that `./manage.py bench hostile` sends all of."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.images.models import Image
from apps.projects.models import Project
from config.benches.hostile import hostile_files, strays
from config.benches.hostile.importing import neighbours

ALL = list(hostile_files())
EVERY = 9
LONGEST_SECONDS = 5.0


def test_there_are_a_thousand() -> None:
    assert len(ALL) >= 1000


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("offset", [0, 4])
def test_no_file_breaks_hangs_gets_out_or_costs_its_neighbours(
    api: APIClient, project: Project, tmp_path: Path, offset: int
) -> None:
    before = set(Path("/tmp").glob("out*"))
    for number in range(offset, len(ALL), 2 * EVERY):
        name, content = ALL[number]
        first, last = neighbours(number).items()
        sent = [SimpleUploadedFile(*file) for file in (first, (name or "x", content), last)]
        began = time.process_time()
        answer = api.post(
            f"/api/v1/projects/{project.slug}/images/", {"files": sent}, format="multipart"
        )
        assert time.process_time() - began < LONGEST_SECONDS, name
        assert answer.status_code == 201, (name, answer.content)
        taken = [entry["name"] for entry in answer.json()["accepted"]]
        assert {first[0], last[0]} <= set(taken), (name, answer.json())
    assert strays(tmp_path / "media") == []
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {
        tmp_path / "media" / key
        for image in Image.objects.all()
        for key in (image.file, image.thumbnail)
    }
    assert set(Path("/tmp").glob("out*")) == before
