"""Exports over REST: asked for, downloaded, gone on with."""

from __future__ import annotations

import hashlib
import random

import pytest
from asgiref.sync import async_to_sync
from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse
from django.test import AsyncClient
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.services import api_token_create
from apps.datasets.models import Export
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.datasets.versions import entry, export_of, version_of

CONTENT = random.Random(0).randbytes(3_000_001)
ETAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'

pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")


@pytest.fixture
def address(project: Project) -> str:
    export = export_of(version_of(project, entry("a")), CONTENT)
    return f"/api/v1/projects/{project.slug}/exports/{export.pk}/file/"


def body(response: StreamingHttpResponse) -> bytes:
    return b"".join(response)


def test_asking_is_answered_with_the_export_and_its_job(api: APIClient, project: Project) -> None:
    version_of(project, entry("a"), entry("b", "coat"))
    calls = f"/api/v1/projects/{project.slug}/exports/"
    wanted = {"version": 1, "format": "parquet", "classes": ["coat"]}
    answer = api.post(calls, wanted, format="json")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["image_count"], told["status"], told["url"]) == (1, "queued", None)
    assert Job.objects.get(pk=told["job"]).payload == {"export": told["id"]}
    assert api.post(calls, wanted, format="json").status_code == 200
    assert [row["id"] for row in api.get(calls).json()["results"]] == [told["id"]]
    file = api.get(f"{calls}{told['id']}/file/")
    assert file.status_code == 409
    assert "not made yet" in file.json()["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1, "format": "pickle"},
        {"version": 0, "format": "csv"},
        {"format": "csv"},
        {"version": 1},
        {"version": 1, "format": "csv", "classes": ["hat"]},
    ],
)
def test_what_cannot_be_made_is_refused(
    api: APIClient, project: Project, wrong: dict[str, object]
) -> None:
    version_of(project, entry("a"))
    answer = api.post(f"/api/v1/projects/{project.slug}/exports/", wrong, format="json")
    assert answer.status_code == 400
    assert not Export.objects.exists()


def test_the_whole_file_is_sent_with_its_name_and_hash(api: APIClient, address: str) -> None:
    response = api.get(address, headers={"accept": "application/zip"})
    assert (response.status_code, response.headers["ETag"]) == (200, ETAG)
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="project-')
    assert body(response) == CONTENT


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=2999990-", slice(2_999_990, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=1048000-2100000", slice(1_048_000, 2_100_001)),
    ],
)
def test_a_part_is_sent_with_its_place(
    api: APIClient, address: str, asked: str, part: slice
) -> None:
    response = api.get(address, headers={"range": asked})
    assert response.status_code == 206
    content = body(response)
    assert content == CONTENT[part]
    start = CONTENT.index(content)
    end = start + len(content) - 1
    assert response.headers["Content-Range"] == f"bytes {start}-{end}/{len(CONTENT)}"
    assert response.headers["Content-Length"] == str(len(content))


def test_a_download_goes_on_only_where_the_file_is_the_same(api: APIClient, address: str) -> None:
    part = {"range": "bytes=100-"}
    assert api.get(address, headers={**part, "if-range": ETAG}).status_code == 206
    for other in ('"other"', f"W/{ETAG}", "Sat, 21 Nov 2026 07:00:00 GMT"):
        assert api.get(address, headers={**part, "if-range": other}).status_code == 200
    assert api.get(address, headers={"if-none-match": ETAG}).status_code == 304
    assert api.get(address, headers={"if-match": '"other"'}).status_code == 412


def test_beyond_the_end_nothing_can_be_sent(api: APIClient, address: str) -> None:
    response = api.get(address, headers={"range": f"bytes={len(CONTENT)}-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_asking_for_the_head_opens_no_file(api: APIClient, address: str) -> None:
    default_storage.delete(Export.objects.get().key)
    response = api.head(address)
    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert api.get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_over_asgi_it_is_sent_in_pieces_to_whoever_holds_a_manager_s_token(
    manager: User, annotator: User, address: str
) -> None:
    tokens = {user: api_token_create(user=user, name="t") for user in (manager, annotator)}

    @async_to_sync
    async def pieces(user: User) -> list[int] | int:
        headers = {"authorization": f"Token {tokens[user]}"}
        response = await AsyncClient().get(address, headers=headers)
        if not response.streaming:
            return int(response.status_code)
        return [len(piece) async for piece in response.streaming_content]

    sizes = pieces(manager)
    assert isinstance(sizes, list)
    assert sum(sizes) == len(CONTENT)
    assert max(sizes) <= 1024 * 1024
    assert pieces(annotator) == 403


def test_a_manifest_is_downloaded_too(api: APIClient, project: Project) -> None:
    version = version_of(project, entry("a"))
    response = api.get(f"/api/v1/projects/{project.slug}/versions/1/manifest/")
    assert hashlib.sha256(body(response)).hexdigest() == version.sha256


def test_deleting_takes_the_file_away(api: APIClient, project: Project, address: str) -> None:
    key = Export.objects.get().key
    assert api.delete(address.removesuffix("file/")).status_code == 204
    assert not default_storage.exists(key)
    assert api.get(address).status_code == 404
