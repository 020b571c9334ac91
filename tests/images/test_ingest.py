"""`./manage.py ingest`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.images.models import Image
from apps.projects.models import Project
from tests.images.pictures import png, zipped


def ingest(path: Path, project: Project, **options: str) -> str:
    output = io.StringIO()
    call_command("ingest", path, project=project.slug, stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "loose.png": png(1),
        "boot/one.png": png(2),
        "boot/again.png": png(2),
        "hat/odd.png": png(3),
        "coat/cut.png": png(4)[:50],
        "set/shirt/deep.png": png(5),
    }
    for name, content in files.items():
        path = tmp_path / "sent" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "sent" / "link.png").symlink_to("/etc/passwd")
    return tmp_path / "sent"


def test_a_folder_comes_in_with_its_classes_and_says_what_was_refused(
    folder: Path, project: Project
) -> None:
    output = ingest(folder, project)
    assert set(Image.objects.values_list("name", "annotation_class__name", "split")) == {
        ("loose.png", None, "pool"),
        ("boot/again.png", "boot", "train"),
        ("set/shirt/deep.png", "shirt", "train"),
    }
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert lines[:2] == ["accepted 3", "duplicates 1"]
    assert sorted(lines[2:5]) == [
        "refused: link 1",
        "refused: truncated 1",
        "refused: unknown_class 1",
    ]
    assert any(line.startswith("hat/odd.png: unknown_class") for line in lines)


def test_an_archive_comes_in_under_a_split(tmp_path: Path, project: Project) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(zipped({"boot/1.png": png(1), "2.png": png(2)}))
    ingest(path, project, split="test")
    assert set(Image.objects.values_list("split", flat=True)) == {"test"}


def test_taking_in_the_same_folder_again_is_no_failure(folder: Path, project: Project) -> None:
    ingest(folder, project)
    assert "duplicates" in ingest(folder, project)
    assert Image.objects.count() == 3


def test_what_is_missing_is_said_in_a_sentence(tmp_path: Path, project: Project) -> None:
    with pytest.raises(CommandError, match="There is no folder or archive"):
        ingest(tmp_path / "nowhere", project)
    with pytest.raises(CommandError, match=f"there are: {project.slug}"):
        call_command("ingest", tmp_path, project="nobody")
    note = tmp_path / "note.txt"
    note.write_text("hello")
    with pytest.raises(CommandError, match="neither a folder nor"):
        ingest(note, project)


def test_a_folder_of_nothing_good_fails(tmp_path: Path, project: Project) -> None:
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(CommandError, match="No image was taken in"):
        ingest(tmp_path, project)
