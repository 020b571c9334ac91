"""The tus protocol, sentence by sentence: https://tus.io/protocols/resumable-upload (1.0.0)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.imports.models import Import, Upload
from apps.imports.services import import_begin, import_create
from apps.imports.slicing import SLICE_BYTES, sliced_uploads
from apps.imports.storage import upload_open, upload_path
from apps.projects.models import Project

CHUNK = "application/offset+octet-stream"
VERSION = {"HTTP_TUS_RESUMABLE": "1.0.0"}
CONTENT = b"the bytes of a file"


@pytest.fixture
def opened(project: Project, manager: User) -> Import:
    return import_create(project=project, created_by=manager, title="boots")


class Tus:
    """A client of the protocol."""

    def __init__(self, api: APIClient, opened: Import) -> None:
        self.api = api
        self.address = f"/api/v1/projects/{opened.project.slug}/imports/{opened.pk}/uploads/"

    def post(self, content: bytes = b"", **headers: Any) -> Any:
        said = {
            **VERSION,
            "HTTP_UPLOAD_LENGTH": str(len(CONTENT)),
            "HTTP_UPLOAD_METADATA": "relativePath " + base64.b64encode(b"boot/1.png").decode(),
            **headers,
        }
        return self.api.generic("POST", self.address, content, content_type=CHUNK, **said)

    def begin(self) -> str:
        return str(self.post().headers["Location"])

    def patch(self, where: str, offset: int, content: bytes, **headers: Any) -> Any:
        said = {**VERSION, "HTTP_UPLOAD_OFFSET": str(offset), **headers}
        kind = said.pop("content_type", CHUNK)
        return self.api.generic("PATCH", where, content, content_type=kind, **said)

    def head(self, where: str) -> Any:
        return self.api.head(where, **VERSION)

    def offset(self, where: str) -> int:
        return int(self.head(where).headers["Upload-Offset"])


@pytest.fixture
def tus(api: APIClient, opened: Import) -> Tus:
    return Tus(api, opened)


def stored(where: str) -> bytes:
    return upload_path(Upload.objects.get(pk=where.split("/")[-2])).read_bytes()


# --- Core ---


def test_a_file_is_created_sent_in_parts_and_asked_about(tus: Tus) -> None:
    created = tus.post()
    where = created.headers["Location"]
    assert (created.status_code, created.headers["Tus-Resumable"]) == (201, "1.0.0")
    for offset, part in ((0, CONTENT[:7]), (7, CONTENT[7:])):
        answer = tus.patch(where, offset, part)
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(offset + len(part))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    asked = tus.head(where)
    assert asked.status_code == 200
    assert asked.headers["Upload-Offset"] == asked.headers["Upload-Length"] == str(len(CONTENT))
    assert asked.headers["Cache-Control"] == "no-store"
    assert asked.headers["Upload-Metadata"].startswith("relativePath ")
    assert stored(where) == CONTENT
    assert Upload.objects.get().path == "boot/1.png"


def test_an_offset_of_nothing_is_told_too(tus: Tus) -> None:
    assert tus.head(tus.begin()).headers["Upload-Offset"] == "0"


def test_bytes_for_another_offset_change_nothing(tus: Tus) -> None:
    where = tus.begin()
    tus.patch(where, 0, CONTENT[:7])
    assert tus.patch(where, 3, b"other").status_code == 409
    assert tus.patch(where, 9, b"other").status_code == 409
    assert (tus.offset(where), stored(where)) == (7, CONTENT[:7])


def test_a_body_of_another_type_is_not_taken(tus: Tus) -> None:
    where = tus.begin()
    assert tus.patch(where, 0, CONTENT, content_type="image/png").status_code == 415
    assert tus.offset(where) == 0


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.5", "٣", "9" * 19])
def test_an_offset_must_be_a_number(tus: Tus, offset: str) -> None:
    assert tus.patch(tus.begin(), 0, b"", HTTP_UPLOAD_OFFSET=offset).status_code == 400


def test_another_version_is_told_ours(tus: Tus) -> None:
    where = tus.begin()
    for version in ("0.2.2", ""):
        answer = tus.patch(where, 0, CONTENT, HTTP_TUS_RESUMABLE=version)
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert tus.offset(where) == 0


def test_options_say_what_the_server_can(tus: Tus) -> None:
    answer = tus.api.options(tus.address, HTTP_TUS_RESUMABLE="9")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert int(answer.headers["Tus-Max-Size"]) > 100 * 1024**3
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    }  # fmt: skip
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")


def test_a_post_may_stand_for_other_methods(tus: Tus) -> None:
    where = tus.begin()
    headers = {**VERSION, "HTTP_UPLOAD_OFFSET": "0", "HTTP_X_HTTP_METHOD_OVERRIDE": "PATCH"}
    answer = tus.api.generic("POST", where, CONTENT, content_type=CHUNK, **headers)
    assert answer.status_code == 204
    assert stored(where) == CONTENT


def test_more_than_was_announced_is_too_much(tus: Tus) -> None:
    where = tus.begin()
    assert tus.patch(where, 0, CONTENT + b"!").status_code == 413
    assert tus.offset(where) <= len(CONTENT)


def test_two_requests_never_write_at_once(tus: Tus) -> None:
    where = tus.begin()
    with upload_open(Upload.objects.get()):
        assert tus.patch(where, 0, CONTENT).status_code == 423
    assert tus.patch(where, 0, CONTENT).status_code == 204


# --- Creation ---


def test_a_file_may_come_with_its_announcement(tus: Tus) -> None:
    answer = tus.post(CONTENT)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(CONTENT)))
    assert stored(answer.headers["Location"]) == CONTENT


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_UPLOAD_LENGTH": ""}, 400),
        ({"HTTP_UPLOAD_LENGTH": "-1"}, 400),
        ({"HTTP_UPLOAD_LENGTH": str(10**16)}, 413),
        ({"HTTP_UPLOAD_METADATA": ""}, 400),
        ({"HTTP_UPLOAD_METADATA": "filename"}, 400),
        ({"HTTP_UPLOAD_METADATA": "filename Zm8=,filename Zm8="}, 400),
        ({"HTTP_UPLOAD_METADATA": "filename not base64"}, 400),
        ({"HTTP_UPLOAD_METADATA": "filename /w=="}, 400),  # no UTF-8
        ({"HTTP_UPLOAD_METADATA": "filename AA=="}, 400),  # a NUL
        ({"HTTP_UPLOAD_METADATA": "filename " + "Zm8A" * 4000}, 400),
        ({"HTTP_UPLOAD_METADATA": "filename Li4vLi4vZXRj"}, 400),  # ../../etc
    ],
)
def test_a_poor_announcement_makes_nothing(tus: Tus, headers: dict[str, str], status: int) -> None:
    assert tus.post(**headers).status_code == status
    assert not Upload.objects.exists()


# --- Checksum ---


def checksum(algorithm: str, content: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    return {"HTTP_UPLOAD_CHECKSUM": f"{algorithm} {digest}"}


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_that_changed_on_their_way_are_thrown_away(tus: Tus, algorithm: str) -> None:
    where = tus.begin()
    told = checksum(algorithm, CONTENT[:7])
    assert tus.patch(where, 0, b"changed", **told).status_code == 460
    assert tus.offset(where) == 0
    assert tus.patch(where, 0, CONTENT[:7], **told).status_code == 204


def test_an_unknown_checksum_is_told(tus: Tus) -> None:
    where = tus.begin()
    for told in ("md5 AAAA", "sha1", "sha1 ?"):
        answer = tus.patch(where, 0, CONTENT, HTTP_UPLOAD_CHECKSUM=told)
        assert answer.status_code in (400, 460)
    assert tus.offset(where) == 0


# --- Expiration and termination ---


def test_an_unfinished_file_says_until_when_it_waits(tus: Tus) -> None:
    created = tus.post()
    where = created.headers["Location"]
    assert created.headers["Upload-Expires"].endswith("GMT")
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tus.patch(where, 0, CONTENT).status_code == 410


def test_a_file_thrown_away_is_gone(tus: Tus) -> None:
    where = tus.begin()
    assert tus.api.delete(where, **VERSION).status_code == 204
    answer = tus.head(where)
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers


def test_an_import_that_has_begun_takes_nothing_more(
    tus: Tus, opened: Import, manager: User
) -> None:
    where = tus.post(CONTENT).headers["Location"]
    import_begin(owner=opened, actor=manager)
    assert tus.offset(where) == len(CONTENT)
    assert tus.post().status_code == 409
    assert tus.api.delete(where, **VERSION).status_code == 409


# --- Whose it is ---


def test_a_page_must_show_that_it_is_ours(tus: Tus, manager: User) -> None:
    where = tus.begin()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager)
    headers = {**VERSION, "HTTP_UPLOAD_OFFSET": "0"}
    answer = browser.generic("PATCH", where, CONTENT, content_type=CHUNK, **headers)
    assert answer.status_code == 403
    assert tus.offset(where) == 0


def test_an_upload_answers_under_its_own_import_only(
    tus: Tus, project: Project, manager: User
) -> None:
    upload = tus.begin().split("/")[-2]
    other = import_create(project=project, created_by=manager, title="coats")
    assert Tus(tus.api, other).head(f"{Tus(tus.api, other).address}{upload}/").status_code == 404


# --- A line that breaks ---


class Server:
    """An application that keeps what it is sent, as an upload does."""

    def __init__(self, refuses_at: int | None = None) -> None:
        self.content = b""
        self.refuses_at = refuses_at

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        message = await receive()
        assert not message["more_body"]
        assert int(headers[b"content-length"]) == len(message["body"])
        offset = int(headers[b"upload-offset"])
        is_refused = offset != len(self.content) or offset == self.refuses_at
        self.content += b"" if is_refused else message["body"]
        await send({"type": "http.response.start", "status": 409 if is_refused else 204})
        await send({"type": "http.response.body", "body": str(len(self.content)).encode()})


def sent(server: Server, offset: int, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the sender of a PATCH hears."""
    heard: list[dict[str, Any]] = []
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(left)

    async def send(message: dict[str, Any]) -> None:
        heard.append(message)

    scope = {
        "type": "http",
        "method": "PATCH",
        "path": "/api/v1/projects/boots/imports/1/uploads/0/",
        "headers": [(b"upload-offset", str(offset).encode()), (b"content-length", b"7")],
    }
    asyncio.run(sliced_uploads(server)(scope, receive, send))
    return heard


def body(content: bytes, *, ends: bool = True, step: int = 65_536) -> list[dict[str, Any]]:
    parts = [content[at : at + step] for at in range(0, len(content), step)] or [b""]
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = not ends
    return messages


LONG = bytes(range(256)) * (SLICE_BYTES * 5 // 2 // 256)


def test_a_long_body_is_one_request_to_its_sender() -> None:
    server = Server()
    heard = sent(server, 0, body(LONG))
    assert server.content == LONG
    assert [message["type"] for message in heard] == ["http.response.start", "http.response.body"]
    assert heard[1]["body"] == str(len(LONG)).encode()


def test_of_a_body_that_breaks_off_all_that_came_is_kept() -> None:
    server = Server()
    came = LONG[:-100_000]
    assert sent(server, 0, [*body(came, ends=False), {"type": "http.disconnect"}]) == []
    assert server.content == came
    sent(server, len(came), body(LONG[len(came) :]))
    assert server.content == LONG


def test_a_refusal_in_the_middle_is_heard_after_all_is_sent() -> None:
    server = Server(refuses_at=SLICE_BYTES)
    heard = sent(server, 0, body(LONG))
    assert heard[0]["status"] == 409
    assert server.content == LONG[:SLICE_BYTES]
