"""The platform's own files in a bucket: all that works on a disk works there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from rest_framework.test import APIClient

from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Project
from ml_engine.worker.packing import project_pack
from tests.datasets.making import asked, make
from tests.datasets.test_export_api import body
from tests.datasets.versions import frozen
from tests.images.pictures import encoded, picture, pixels
from tests.places.s3_server import BUCKET, KEY_ID, SECRET, S3Server, s3_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[S3Server]:
    with s3_server() as serving:
        bucket = {
            "BACKEND": "config.s3_storage.SharedS3Storage",
            "OPTIONS": {
                **settings.S3_OPTIONS,
                "bucket_name": BUCKET,
                "endpoint_url": serving.address,
                "access_key": KEY_ID,
                "secret_key": SECRET,
            },
        }
        settings.STORAGES = {**settings.STORAGES, "default": bucket}
        yield serving


def test_images_come_in_are_served_packed_and_leave(
    server: S3Server, project: Project, pages: Client, api: APIClient
) -> None:
    sources = [
        Source(f"{seed}.jpg", encoded(picture(seed, (300, 280), "RGB"), "JPEG"), "boot")
        for seed in range(6)
    ]
    assert len(images_ingest(project=project, sources=sources).accepted) == 6
    assert len(images_ingest(project=project, sources=sources).duplicates) == 6
    image = Image.objects.order_by("pk")[0]
    assert default_storage.exists(image.file)
    base = f"/projects/{project.slug}/images/{image.pk}/"
    assert pixels(pages.get(f"{base}file/").content).size == (300, 280)
    assert max(pixels(pages.get(f"{base}thumbnail/").content).size) == 256
    assert len(project_pack(project)) == 6

    export = make(asked(frozen(project)[0]))
    call = f"/api/v1/projects/{project.slug}/exports/{export.pk}/file/"
    half = export.byte_size // 2
    parts = [
        body(api.get(call, headers={"Range": f"bytes={asked_for}"}))
        for asked_for in (f"0-{half - 1}", f"{half}-")
    ]
    assert [len(part) for part in parts] == [half, export.byte_size - half]
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        assert archive.testzip() is None
        assert sum(name.endswith(".jpg") for name in archive.namelist()) == 6


def test_what_is_missing_from_the_bucket_is_not_found(
    server: S3Server, project: Project, pages: Client
) -> None:
    source = Source("a.jpg", encoded(picture(1, (300, 280), "RGB"), "JPEG"))
    (image,) = images_ingest(project=project, sources=[source]).accepted
    default_storage.delete(image.file)
    answer = pages.get(f"/projects/{project.slug}/images/{image.pk}/file/")
    assert answer.status_code == 404
