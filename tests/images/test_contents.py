"""Images that stay at their place: read there, and believed only while they are what they were."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from apps.images.contents import ContentLostError, image_bytes
from apps.images.models import Image
from apps.projects.models import Project
from ml_engine.packs import PackError
from ml_engine.worker.packing import project_pack
from tests.images.pictures import encoded, picture, pixels, png
from tests.places.making import counts, folder_of, synced

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.IMPORT_FOLDERS = [tmp_path]
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


def referenced(project: Project, folder: Path, **files: bytes) -> dict[str, Image]:
    for name, content in files.items():
        (folder / f"{name}.jpg").write_bytes(content)
    synced(folder_of(project, folder, is_by_reference=True))
    return {image.name.removesuffix(".jpg"): image for image in Image.objects.all()}


def jpeg(seed: int, **options: Any) -> bytes:
    return encoded(picture(seed, (400, 300), "RGB"), "JPEG", **options)


def test_only_a_thumbnail_is_copied_and_the_file_is_read_at_its_place(
    project: Project, folder: Path, pages: Client
) -> None:
    with_comment = jpeg(2, comment=b"taken at home")
    images = referenced(project, folder, plain=jpeg(1), commented=with_comment, small=png(3))
    big = images["plain"]
    assert (big.file, big.place.name) == ("plain.jpg", "Folder")  # type: ignore[union-attr]
    assert not default_storage.exists(f"images/{big.sha256[:2]}/{big.sha256}.jpg")
    for name, image in images.items():
        content = image_bytes(image)
        assert hashlib.sha256(content).hexdigest() == image.sha256, "as if it had been stored"
        served = pages.get(f"/projects/{project.slug}/images/{image.pk}/file/")
        assert (served.content, served["Content-Type"]) == (content, f"image/{image.format}"), name
        small = pages.get(f"/projects/{project.slug}/images/{image.pk}/thumbnail/")
        assert max(pixels(small.content).size) <= 256
    assert b"taken at home" not in image_bytes(images["commented"])
    assert len(project_pack(project)) == 3


def test_a_file_that_has_changed_or_gone_is_named_and_never_shown_as_the_image(
    project: Project, folder: Path, pages: Client
) -> None:
    images = referenced(project, folder, changed=jpeg(1), gone=jpeg(2))
    (folder / "changed.jpg").write_bytes(jpeg(9))
    (folder / "gone.jpg").unlink()
    for name, word in (("changed", "has changed"), ("gone", "is missing")):
        with pytest.raises(ContentLostError, match=f"{name}.jpg.*{word} at its place “Folder”"):
            image_bytes(images[name])
        answer = pages.get(f"/projects/{project.slug}/images/{images[name].pk}/file/")
        assert answer.status_code == 404
        assert word in answer.content.decode(), "the image's page shows it"
    with pytest.raises(PackError, match="is missing at its place “Folder”"):
        project_pack(project)
    place = images["gone"].place
    assert place
    assert counts(synced(place)) == {"accepted": 1, "changed": 1}
    assert Image.objects.count() == 3, "the changed file is another image; none was lost"


def test_links_that_lead_out_of_a_place_are_never_read(
    project: Project, folder: Path, tmp_path: Path
) -> None:
    image = referenced(project, folder, one=jpeg(1))["one"]
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(jpeg(1))
    (folder / "one.jpg").unlink()
    (folder / "one.jpg").symlink_to(outside)
    with pytest.raises(ContentLostError):
        image_bytes(image)
