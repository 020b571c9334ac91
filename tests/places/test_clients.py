"""Buckets and folders read as they are shipped: what is asked, with what, and what never is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.outbound import s3
from apps.outbound.errors import OutboundError, Trouble
from apps.outbound.s3 import Bucket, BucketAddress
from apps.places.clients.folder import FolderClient
from apps.places.clients.protocol import PlaceClient
from apps.places.clients.s3 import S3Client
from apps.places.errors import PlaceError
from tests.outbound.hosts import answer, host, named, two_hosts
from tests.places.s3_server import BUCKET, KEY_ID, SECRET, S3Server, s3_server

INNER = b"<Error><Code>the bank's secret</Code></Error>"
MOST = 10_000


@pytest.fixture(autouse=True)
def here(settings: Any) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server() as serving:
        yield serving


def asked(endpoint: str, **more: Any) -> list[str]:
    """The keys of a bucket there."""
    bucket = Bucket(BucketAddress(BUCKET, endpoint), **more)
    return [line.key for line in bucket.page("", "")[0]]


def tried(client: PlaceClient) -> tuple[list[str], str]:
    """The keys that a client lists, and what stopped it."""
    keys: list[str] = []
    try:
        for page in client.pages():
            keys += [entry.key for entry in page.entries]
    except PlaceError as error:
        return keys, error.detail
    return keys, ""


def refusal(endpoint: str, **more: Any) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        asked(endpoint, **more)
    assert "secret" not in caught.value.detail
    return caught.value


# --- Whom a bucket is asked as ---------------------------------------------------------------


def test_nothing_of_this_machines_own_is_used(
    server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither credentials nor profiles, endpoints, proxies and metadata services around it."""
    with host(answer(b"{}")) as metadata, host(answer(b"")) as proxy:
        elsewhere = f"http://127.0.0.1:{metadata.port}"
        config = tmp_path / "config"
        config.write_text(f"[default]\nregion = mars-1\nendpoint_url = {elsewhere}\n")
        keys = tmp_path / "credentials"
        keys.write_text("[default]\naws_access_key_id = FROMFILE\naws_secret_access_key = x\n")
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AMBIENT", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "t",
            "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(keys),
            "AWS_PROFILE": "missing", "AWS_DEFAULT_REGION": "mars-2",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": elsewhere, "AWS_ENDPOINT_URL": elsewhere,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": elsewhere, "AWS_ENDPOINT_URL_S3": elsewhere,
            "HTTP_PROXY": f"http://127.0.0.1:{proxy.port}", "AWS_CA_BUNDLE": str(config),
            "http_proxy": f"http://127.0.0.1:{proxy.port}",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        s3._session.cache_clear()
        with host(answer(b"<ListBucketResult/>")) as bare:
            endpoint = f"http://127.0.0.1:{bare.port}"
            assert asked(endpoint) == []
            signed = Bucket(BucketAddress(BUCKET, endpoint, "", KEY_ID, SECRET))
            assert signed.page("", "") == ([], False)
        anonymous, as_told = bare.requests
        assert b"authorization" not in anonymous.lower()
        assert f"Credential={KEY_ID}/".encode() in as_told
        assert b"/us-east-1/s3/" in as_told
        for request in bare.requests:
            assert b"AMBIENT" not in request
            assert b"FROMFILE" not in request
            assert b"security-token" not in request.lower()
        assert (metadata.requests, proxy.requests) == ([], [])
    s3._session.cache_clear()


def test_only_one_who_may_reads_a_closed_bucket(server: S3Server) -> None:
    server.put("a.png", b"pixels")
    key_holder = Bucket(BucketAddress(BUCKET, server.address, "", KEY_ID, SECRET))
    assert key_holder.read("a.png", MOST) == b"pixels"
    with pytest.raises(OutboundError, match="refused access"):
        Bucket(BucketAddress(BUCKET, server.address)).read("a.png", MOST)


def test_keys_are_names_and_are_asked_for_letter_by_letter(server: S3Server) -> None:
    """Nothing is made plain on the way: `..` is a part of a name like any other."""
    keys = ["a/../b.png", "../../etc/passwd", "a//b.png", "a b+c%20&d=é.png", "./x", "🙂"]
    with host(answer(b"pixels")) as bare:
        bucket = Bucket(BucketAddress(BUCKET, f"http://127.0.0.1:{bare.port}"))
        for key in keys:
            bucket.read(key, MOST)
    lines = [request.split(b"\r\n")[0].decode() for request in bare.requests]
    assert lines[:3] == [
        "GET /pictures/a/../b.png HTTP/1.1",
        "GET /pictures/../../etc/passwd HTTP/1.1",
        "GET /pictures/a//b.png HTTP/1.1",
    ]
    assert lines[3] == "GET /pictures/a%20b%2Bc%2520%26d%3D%C3%A9.png HTTP/1.1"


# --- Where a bucket may lie ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_an_inner_address_is_asked(name: str, settings: Any) -> None:
    settings.FETCH_ALLOWED_HOSTS = []
    with host(answer(INNER)) as inner:
        found = refusal(f"http://{name}:{inner.port}")
        assert found.trouble in (Trouble.FORBIDDEN_ADDRESS, Trouble.BAD_URL, Trouble.UNREACHABLE)
        assert inner.requests == []


@pytest.mark.parametrize("name", ["169.254.169.254", "169.254.170.2", "[fd00:ec2::254]"])
def test_the_metadata_service_is_never_asked(name: str, settings: Any) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["169.254.0.0/16", "fd00:ec2::/32", name]
    assert refusal(f"http://{name}").trouble is Trouble.FORBIDDEN_ADDRESS


def test_a_name_that_is_rebound_between_two_requests_is_not_followed(settings: Any) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.2"]
    resolve = named(rebinding_example=["127.0.0.2", "127.0.0.1"])
    listing = answer(b"<ListBucketResult/>", Connection="close")
    with two_hosts(listing, answer(INNER)) as (pictures, inner):
        bucket = Bucket(
            BucketAddress(BUCKET, f"http://rebinding.example:{pictures.port}"), resolve=resolve
        )
        assert bucket.page("", "") == ([], False)
        with pytest.raises(OutboundError) as caught:
            bucket.page("", "")
        assert caught.value.trouble is Trouble.FORBIDDEN_ADDRESS
        assert (len(pictures.requests), inner.requests) == (1, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with host(answer(INNER)) as inner:
        away = answer(INNER, status, Location=f"http://127.0.0.1:{inner.port}/")
        with host(away) as serving:
            assert "secret" not in refusal(f"http://127.0.0.1:{serving.port}").detail
        assert inner.requests == []


@pytest.mark.parametrize("region", ["127.0.0.1:80/x?", "evil.example/#"])
def test_a_bucket_that_claims_to_lie_elsewhere_leads_nowhere(region: str) -> None:
    away = answer(INNER, 301, x_amz_bucket_region=region)
    with host(away) as serving:
        refusal(f"http://127.0.0.1:{serving.port}")
        assert all(b"Host: 127.0.0.1:" in request for request in serving.requests)


# --- What a service may answer ---------------------------------------------------------------


def page(*keys: str, more: bool = False) -> bytes:
    lines = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    told = f"<IsTruncated>{str(more).lower()}</IsTruncated>{lines}"
    return answer(f"<ListBucketResult>{told}</ListBucketResult>".encode())


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 30) for n in range(8))
    + b"]><ListBucketResult><Contents><Key>&i;</Key></Contents></ListBucketResult>"
)  # fmt: skip


@pytest.mark.parametrize(
    "reply",
    [answer(INNER, 500), answer(INNER, 403), answer(b"<html>the bank's secret"), answer(BOMB),
     answer(b"\xff\xfe\x00"), answer(b""), page("b", "a"), page("a", "a"), page(more=True),
     page("a", more=True), b"not http at all\r\n\r\n", answer(b"<ListBucketResult><Contents/>"
     b"</ListBucketResult>"),
     answer(b"<ListBucketResult><Contents><Key>a</Key><Size>many</Size></Contents>"
            b"</ListBucketResult>"),
     answer(b"<ListBucketResult><Contents><Key>a</Key><Size>-5</Size><LastModified>never"
            b"</LastModified></Contents></ListBucketResult>"),
     answer(b"<ListBucketResult>" + b" " * 17_000_000 + b"</ListBucketResult>")],
    ids=range(15),
)  # fmt: skip
def test_a_service_that_answers_nonsense_ends_in_a_sentence(reply: bytes) -> None:
    with host(reply) as serving:
        address = BucketAddress(BUCKET, f"http://127.0.0.1:{serving.port}")
        client = S3Client(address, prefix="", pauses=())
        keys, problem = tried(client)
    assert keys in ([], ["a"]), "what came before the nonsense"
    assert not problem or problem.endswith(".")
    assert "secret" not in problem


def test_keys_that_nothing_could_keep_are_left_out() -> None:
    keys = ["a%00b", "c", "x" * 1025]
    content = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
    told = f"<ListBucketResult><EncodingType>url</EncodingType>{content}</ListBucketResult>"
    with host(answer(told.encode())) as serving:
        client = S3Client(
            BucketAddress(BUCKET, f"http://127.0.0.1:{serving.port}"), prefix="", pauses=()
        )
        (only,) = client.pages()
    assert [entry.key for entry in only.entries] == ["c"]


def test_a_file_that_is_larger_than_it_may_be_is_not_received() -> None:
    with host(answer(b"x" * (MOST + 1))) as serving:
        bucket = Bucket(BucketAddress(BUCKET, f"http://127.0.0.1:{serving.port}"))
        with pytest.raises(OutboundError) as caught:
            bucket.read("a.png", MOST)
    assert caught.value.trouble is Trouble.TOO_LARGE


# --- Folders ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.IMPORT_FOLDERS = [tmp_path / "open"]
    (tmp_path / "open" / "in").mkdir(parents=True)
    (tmp_path / "shut.png").write_bytes(b"shut")
    return tmp_path / "open" / "in"


def listed(folder: Path, prefix: str = "", after: str = "") -> list[str]:
    client = FolderClient(str(folder), prefix=prefix)
    return [entry.key for page in client.pages(after) for entry in page.entries]


def test_a_folders_files_are_listed_in_the_order_of_their_whole_paths(folder: Path) -> None:
    names = ["a/b.png", "a-b.png", "a.png", "ab/c/d.png", "ab/c.png", "Z.png", "ä.png"]
    for name in [*names, ".hidden.png", ".git/x.png", "a/.x/y.png"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    assert listed(folder) == sorted(names)
    for number, name in enumerate(sorted(names)):
        assert listed(folder, after=name) == sorted(names)[number + 1 :]
    assert listed(folder, prefix="ab/c") == ["ab/c.png", "ab/c/d.png"]
    assert listed(folder, prefix="a/") == ["a/b.png"]


def led_out_by_file(folder: Path) -> str:
    (folder / "x.png").symlink_to(folder.parent.parent / "shut.png")
    return "x.png"


def led_out_by_folder(folder: Path) -> str:
    (folder / "sub").symlink_to(folder.parent.parent)
    return "sub/shut.png"


def pipe(folder: Path) -> str:
    os.mkfifo(folder / "x.png")
    return "x.png"


def root_is_link(folder: Path) -> str:
    folder.rmdir()
    folder.symlink_to(folder.parent.parent)
    return "shut.png"


@pytest.mark.parametrize("lay", [led_out_by_file, led_out_by_folder, pipe, root_is_link])
def test_nothing_leads_out_of_a_folder(folder: Path, lay: Callable[[Path], str]) -> None:
    key = lay(folder)
    with pytest.raises(PlaceError):
        FolderClient(str(folder), prefix="").read(key, MOST)
    keys, problem = tried(FolderClient(str(folder), prefix=""))
    assert keys == []
    assert not problem or "may not be read" in problem


@pytest.mark.parametrize(
    "key", ["../../shut.png", "/etc/passwd", "a/../../../shut.png", "", ".", "..", "a\x00b", ".x"]
)
def test_a_key_is_no_path(folder: Path, key: str) -> None:
    with pytest.raises(PlaceError):
        FolderClient(str(folder), prefix="").read(key, MOST)


def test_a_folder_that_was_closed_since_is_not_read(folder: Path, settings: Any) -> None:
    (folder / "x.png").write_bytes(b"x")
    client = FolderClient(str(folder), prefix="")
    assert client.read("x.png", MOST) == b"x"
    settings.IMPORT_FOLDERS = []
    with pytest.raises(PlaceError, match="IMPORT_FOLDERS"):
        client.read("x.png", MOST)
