"""Exports: the same bytes however often and with whatever interruptions."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image as Picture

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.datasets.exports import export_delete, export_make
from apps.datasets.formats import FORMATS
from apps.datasets.material import ImageLostError
from apps.datasets.models import DatasetVersion, Export
from apps.generation.models import GenerationRun, SyntheticImage
from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.images.provenance import TRAINED_ALGORITHMIC_MEDIA
from apps.jobs.models import Job
from apps.jobs.services import Fenced, job_fail
from apps.projects.models import Project
from ml_engine.config import StopRequestedError
from tests.datasets import exiftool
from tests.datasets.conftest import gallery_make
from tests.datasets.making import archive, asked, make
from tests.datasets.versions import claim_of, frozen
from tests.factories import UserFactory


def files(export: Export) -> dict[str, bytes]:
    """The files of an archive by their names in its folder."""
    with zipfile.ZipFile(io.BytesIO(archive(export))) as opened:
        names = opened.namelist()
        assert len(set(names)) == len(names)
        assert all(name.startswith("gallery-v1/") for name in names)
        return {name.removeprefix("gallery-v1/"): opened.read(name) for name in names}


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_deleted_and_asked_for_again_has_the_same_bytes(
    version: DatasetVersion, name: str, manager: User
) -> None:
    export = make(asked(version, name))
    whole = archive(export)
    assert hashlib.sha256(whole).hexdigest() == export.sha256
    Job.objects.update(status="succeeded")
    export_delete(export=Export.objects.get(), actor=manager)
    assert not default_storage.exists(export.key)
    again = make(asked(version, name))
    assert archive(again) == whole


@pytest.mark.parametrize("name", FORMATS)
def test_stopped_anywhere_an_export_ends_with_the_same_bytes(
    version: DatasetVersion, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.datasets.formats.shards.MOST_IMAGES", 4)
    export = asked(version, name)
    stopped = 0
    for stop_after in (0, 1, 5, 9, 14):
        try:
            make(export, stop_after)
            break
        except StopRequestedError:
            stopped += 1
    assert stopped >= 1
    whole = archive(make(export))
    Job.objects.update(status="succeeded")
    export_delete(export=Export.objects.get(), actor=UserFactory())
    assert archive(make(asked(version, name))) == whole


def test_another_database_of_the_same_images_makes_the_same_bytes(version: DatasetVersion) -> None:
    here = {name: make(asked(version, name)).sha256 for name in FORMATS}
    batch = GenerationRun.objects.get()
    SyntheticImage.objects.all().delete()
    Project.objects.filter(pk=version.project_id).update(slug="elsewhere")
    there, _ = frozen(gallery_make(reversed(range(12)), batch), note=version.note)
    assert there.sha256 == version.sha256
    DatasetVersion.objects.filter(pk=there.pk).update(created_at=version.created_at)
    there.refresh_from_db()
    assert {name: make(asked(there, name)).sha256 for name in FORMATS} == here


@pytest.mark.parametrize("dies_at", ["file_sha256", "file_keep", "claim_require"])
def test_killed_around_the_move_to_storage_it_is_made_all_the_same(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    export = asked(version)
    with monkeypatch.context() as dying:
        dying.setattr(f"apps.datasets.exports.{dies_at}", Mock(side_effect=SystemExit))
        with pytest.raises(SystemExit):
            make(export)
    assert not Export.objects.get().is_ready
    made = make(Export.objects.get())
    assert hashlib.sha256(archive(made)).hexdigest() == made.sha256
    assert list((settings.ENGINE_ROOT / "exports").iterdir()) == []
    assert len(default_storage.listdir(f"exports/{made.sha256[:2]}")[1]) == 1


def test_what_was_made_is_not_read_again(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(version)
    with pytest.raises(StopRequestedError):
        make(export, stop_after=10)
    read: list[str] = []
    monkeypatch.setattr(
        "apps.datasets.material.image_bytes",
        lambda image: read.append(image.file) or image_bytes(image),
    )
    make(export)
    assert 0 < len(read) <= version.image_count - 10 + 1


def test_nothing_is_left_behind_but_the_file(version: DatasetVersion) -> None:
    make(asked(version))
    assert list((settings.ENGINE_ROOT / "exports").iterdir()) == []


def test_an_attempt_that_lost_its_job_writes_nothing(version: DatasetVersion) -> None:
    export = asked(version)
    claim = claim_of(Job.objects.get(pk=export.job_id))
    Job.objects.update(attempt=7)
    with pytest.raises(Fenced):
        export_make(
            claim=claim, export=export, on_event=lambda event: None, should_stop=lambda: False
        )
    assert not Export.objects.get().is_ready


def test_asking_twice_is_one_export_and_a_failed_one_goes_on(
    version: DatasetVersion, manager: User
) -> None:
    first = asked(version, classes=["shirt"])
    assert asked(version, classes=["shirt", "shirt"]) == first
    assert Job.objects.filter(kind="export_dataset").count() == 1
    job_fail(claim=claim_of(first.job), error="The disk is full.", traceback="")
    again = asked(version, classes=["shirt"])
    assert (again, again.job.status) == (first, "queued")
    assert asked(version, "csv", classes=["shirt"]) != first


def test_an_export_in_the_making_is_not_deleted(version: DatasetVersion, manager: User) -> None:
    with pytest.raises(Conflict, match="Cancel its job first"):
        export_delete(export=asked(version), actor=manager)


def test_filters_that_let_nothing_pass_are_refused(version: DatasetVersion) -> None:
    with pytest.raises(Conflict, match="No image of version 1 passes"):
        asked(version, origin="synthetic", splits=["test"])


def test_an_image_that_is_gone_or_changed_stops_the_export(version: DatasetVersion) -> None:
    image = Image.objects.order_by("sha256").first()
    default_storage.delete(image.file)
    with pytest.raises(ImageLostError, match=image.sha256):
        make(asked(version))
    default_storage.save(image.file, io.BytesIO(b"another picture"))
    with pytest.raises(ImageLostError, match="freeze and export a new version"):
        make(asked(version))


def test_filters_choose_what_leaves(version: DatasetVersion) -> None:
    export = make(asked(version, origin="real", splits=["test"]))
    names = [name for name in files(export) if name.endswith((".png", ".jpg"))]
    assert len(names) == export.image_count == 4
    assert all(name.startswith("test/") for name in names)


# --- Pictures and their marks ---------------------------------------------------------------
def test_real_images_leave_as_they_are_and_synthetic_ones_marked(
    version: DatasetVersion, tmp_path: Path
) -> None:
    found = files(make(asked(version)))
    by_hash = {Path(name).stem: name for name in found}
    images = Image.objects.select_related("lineage")
    synthetic = {}
    for image in images:
        content = found[by_hash[image.sha256]]
        stored = default_storage.open(image.file).read()
        if image.origin == "real":
            assert content == stored
        else:
            pixels = [Picture.open(io.BytesIO(file)).tobytes() for file in (content, stored)]
            assert pixels[0] == pixels[1]
            path = tmp_path / f"{image.sha256}.png"
            path.write_bytes(content)
            lineage = image.lineage
            synthetic[path.name] = f"{lineage.generation_run_id}-{lineage.sample_index}"
    read = {Path(tags["SourceFile"]).name: tags for tags in exiftool.tags(*tmp_path.iterdir())}
    assert len(read) == 6
    for name, tags in read.items():
        assert tags["XMP:DigitalSourceType"] == TRAINED_ALGORITHMIC_MEDIA
        assert tags["XMP:Identifier"] == synthetic[name]


def test_class_names_are_never_a_way_out_of_the_folder(version: DatasetVersion) -> None:
    folders = {name.split("/")[1] for name in files(make(asked(version))) if name.count("/") == 2}
    assert folders == {"Gummistiefel%2Fgroß", "%2E%2E", "shirt"}


# --- What goes with every export ------------------------------------------------------------
@pytest.mark.parametrize("name", FORMATS)
def test_every_export_has_a_card_with_its_figures(version: DatasetVersion, name: str) -> None:
    card = files(make(asked(version, name)))["README.md"].decode()
    assert card.startswith("---\npretty_name:")
    assert "18 images: 12 real, 6 synthetic." in card
    assert f"| Manifest (SHA-256) | `{version.sha256}` |" in card
    assert "| Ratio in train (synthetic ÷ real) | 0.75 |" in card
    assert "| Gummistiefel/groß | 0 | 4 + 2 | 0 |" in card
    assert "| conditional_gan |" in card or "| small_cnn |" in card
    assert "In `test` fewer than 30 images are of:" in card
    assert "Gallery \\| one" in card
    assert "none lay in two splits" in card
    assert "&#x27;" not in card


def test_the_table_names_every_file(version: DatasetVersion) -> None:
    for name in FORMATS:
        found = files(make(asked(version, name)))
        if "images.jsonl" not in found or name == "jsonl":
            continue
        rows = [json.loads(line) for line in found["images.jsonl"].splitlines()]
        assert len(rows) == 18
        assert {row["file"] for row in rows} == set(found) - {
            "README.md", "croissant.json", "images.jsonl",
            "annotations/train.json", "annotations/test.json",
        }  # fmt: skip
