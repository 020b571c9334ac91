"""Large files in either storage: on a disk, and in S3 by a real server's protocol."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from rest_framework.test import APIClient

from apps.datasets.differences import difference
from apps.datasets.manifest import manifest_lines
from apps.datasets.storage import file_chunks, file_keep
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Membership, Project
from tests.datasets.conftest import picture
from tests.datasets.making import asked, make
from tests.datasets.versions import frozen
from tests.factories import MembershipFactory

CONTENT = random.Random(1).randbytes(2_500_000)
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, settings: Any) -> None:
    """Everything lies in a bucket of S3."""
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1", **KEYS)
    client.create_bucket(Bucket="assay")
    options = {
        "bucket_name": "assay",
        "endpoint_url": s3_server,
        "region_name": "us-east-1",
        "access_key": "test",
        "secret_key": "test",
        "default_acl": None,
        "file_overwrite": False,
    }
    default = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest) -> None:
    if request.param == "s3":
        request.getfixturevalue("s3")


def test_a_kept_file_is_read_from_any_place(storage: None, tmp_path: Path) -> None:
    path = tmp_path / "file"
    key = f"exports/{hashlib.sha256(CONTENT).hexdigest()}.zip"
    for _ in range(2):  # the second time it is there already
        path.write_bytes(CONTENT)
        file_keep(path, key)
    assert b"".join(file_chunks(key)) == CONTENT
    for start, stop in ((0, 1), (1_048_570, 1_048_580), (5, 2_400_000), (2_499_999, 2_500_000)):
        assert b"".join(file_chunks(key, start, stop)) == CONTENT[start:stop]
    assert b"".join(file_chunks(key, 2_499_990)) == CONTENT[-10:]


def test_what_is_missing_is_said(storage: None) -> None:
    with pytest.raises(FileNotFoundError):
        next(file_chunks("exports/none.zip"))


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
def test_a_dataset_in_s3_is_frozen_exported_and_downloaded_in_parts(
    s3: None, project: Project
) -> None:
    pictures = [Source(str(seed), picture(seed, "PNG"), "boot") for seed in range(3)]
    images_ingest(project=project, sources=pictures)
    version, _ = frozen(project)
    lines = [manifest_lines(file_chunks(version.manifest_key))[1] for _ in range(2)]
    assert not difference(*lines, size=1).counts
    export = make(asked(version, "parquet"))
    api = APIClient()
    api.force_authenticate(MembershipFactory(project=project, role=Membership.Role.MANAGER).user)
    address = f"/api/v1/projects/{project.slug}/exports/{export.pk}/file/"
    half = export.byte_size // 2
    parts = [
        b"".join(api.get(address, headers={"range": part}))
        for part in (f"bytes=0-{half - 1}", f"bytes={half}-")
    ]
    assert len(parts[0]) == half
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        assert archive.testzip() is None
