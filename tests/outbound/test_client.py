"""The guarded client against real hosts on this machine."""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import trustme

from apps.outbound import connecting
from apps.outbound.addresses import OwnHosts
from apps.outbound.client import GuardedClient, Limits, url_check
from apps.outbound.errors import OutboundError, Trouble
from tests.outbound.hosts import answer, host, named, two_hosts

SECRET = b"the bank's secret"
HERE = OwnHosts.read(["127.0.0.1"])
LIMITS = Limits(most_bytes=100_000, seconds=5)


def fetch(url: str, limits: Limits = LIMITS, **client: Any) -> bytes:
    into = io.BytesIO()
    with GuardedClient(**{"own_hosts": HERE, **client}) as asking:
        asking.download(url, into, limits)
    return into.getvalue()


def refusal(url: str, limits: Limits = LIMITS, **client: Any) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        fetch(url, limits, **client)
    assert caught.value.detail.endswith(".")
    assert SECRET.decode() not in caught.value.detail
    assert caught.value.__cause__ is None or SECRET.decode() not in str(caught.value.__cause__)
    return caught.value


def trouble(url: str, limits: Limits = LIMITS, **client: Any) -> Trouble:
    return refusal(url, limits, **client).trouble


# --- What is fetched -------------------------------------------------------------------------


def test_a_file_is_fetched_with_nothing_but_what_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with host(answer(b"pixels", Set_Cookie="a=b")) as serving:
        assert fetch(f"http://127.0.0.1:{serving.port}/a b/ü.png?q=1#part") == b"pixels"
        (request,) = serving.requests
    line, *headers = request.decode().split("\r\n")
    assert line == "GET /a%20b/%C3%BC.png?q=1 HTTP/1.1"
    names = {header.partition(":")[0].lower() for header in headers if header}
    assert names == {"host", "user-agent", "accept", "accept-encoding"}


def test_a_connection_is_used_again_and_carries_no_cookie() -> None:
    with host(answer(b"x", Set_Cookie="a=b")) as serving:
        with GuardedClient(own_hosts=HERE) as client:
            for _ in range(3):
                client.download(f"http://127.0.0.1:{serving.port}/", io.BytesIO(), LIMITS)
        assert len(serving.requests) == 3
        assert not any(b"cookie" in request.lower() for request in serving.requests)


def test_a_certificate_is_checked_against_the_name_though_a_number_is_dialled() -> None:
    authority = trustme.CA()
    here = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pictures.example").configure_cert(here)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    resolve = named(pictures_example="127.0.0.1", other_example="127.0.0.1")
    with host(answer(b"pixels"), tls=here) as serving:
        known = {"resolve": resolve, "ssl_context": trusting}
        assert fetch(f"https://pictures.example:{serving.port}/", **known) == b"pixels"
        wrong = refusal(f"https://other.example:{serving.port}/", **known)
    assert (wrong.trouble, wrong.transient) == (Trouble.UNREACHABLE, False)
    assert "certificate" in wrong.detail


# --- What may not be asked -------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/_x", "data:image/png,x",
     "javascript:alert(1)", "unix:///run/x", "//host/x", "host/x", "", "http://", "http:///x",
     "http://user:word@example.org/", "http://user@example.org/", "http://example.org\\@127.0.0.1/",
     "http://exa\tmple.org/", "http://example.org/\r\nX: y", "http://exam\x00ple.org/",
     "http://0177.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:22/", "http://127.0.0.1:25/",
     "http://127.0.0.1:65536/", "http://127.0.0.1:65616/", "http://[fe80::1%25lo]/",
     "http://[::1%lo]/", "http://%31%32%37.0.0.1/", "http://[not an address]/", "http://a b/",
     "http://example.org/" + "x" * 2000],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_not_asked(url: str) -> None:
    assert trouble(url, resolve=_no_one) is Trouble.BAD_URL


def _no_one(name: str, port: int) -> list[Any]:
    raise AssertionError(f"{name} was looked up")


@pytest.mark.parametrize(
    "name",
    ["127.0.0.1", "localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f000001", "0x7f.1",
     "127.1", "0", "017700000001", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
     "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127。0。0。1",
     "①②⑦.0.0.1", "169.254.169.254", "2852039166", "[fd00:ec2::254]", "10.0.0.1", "100.64.0.1",
     "192.168.0.1", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_no_spelling_of_an_inner_address_is_asked(name: str) -> None:
    """By this machine's own resolver, which takes decimal, octal and hexadecimal numbers."""
    with host(answer(SECRET)) as inner:
        found = trouble(f"http://{name}:{inner.port}/", own_hosts=OwnHosts())
        assert found in (Trouble.FORBIDDEN_ADDRESS, Trouble.BAD_URL, Trouble.UNREACHABLE)
        assert inner.requests == []


def test_a_public_name_with_an_inner_address_is_not_asked() -> None:
    with host(answer(SECRET)) as inner:
        url = f"http://pictures.example:{inner.port}/"
        found = trouble(url, own_hosts=OwnHosts(), resolve=named(pictures_example="127.0.0.1"))
        assert found is Trouble.FORBIDDEN_ADDRESS
        assert inner.requests == []


def test_a_name_is_looked_up_once_and_that_answer_is_dialled() -> None:
    """Between check and connection a rebinding name has no second word."""
    resolve = named(rebinding_example=["127.0.0.2", "127.0.0.1"])
    known = {"own_hosts": OwnHosts.read(["127.0.0.2"]), "resolve": resolve}
    with two_hosts(answer(b"pixels"), answer(SECRET)) as (pictures, inner):
        url = f"http://rebinding.example:{pictures.port}/"
        assert fetch(url, **known) == b"pixels"
        assert trouble(url, **known) is Trouble.FORBIDDEN_ADDRESS
        assert (len(pictures.requests), inner.requests) == (1, [])
    assert b"Host: rebinding.example" in pictures.requests[0]


def test_a_name_that_is_rebound_for_its_own_redirect_is_not_followed() -> None:
    resolve = named(rebinding_example=["127.0.0.2", "127.0.0.1"])
    known = {"own_hosts": OwnHosts.read(["127.0.0.2"]), "resolve": resolve}
    away = answer(status=302, Location="/again", Connection="close")
    with two_hosts(away, answer(SECRET)) as (pictures, inner):
        found = trouble(f"http://rebinding.example:{pictures.port}/", **known)
        assert found is Trouble.FORBIDDEN_ADDRESS
        assert (len(pictures.requests), inner.requests) == (1, [])


def test_the_far_end_is_judged_too_and_this_machine_is_never_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with a public address of this machine's own: the address passes, the machine does not."""
    monkeypatch.setattr("apps.outbound.addresses.is_public", lambda address: True)
    with host(answer(SECRET)) as inner:
        url = f"http://own.example:{inner.port}/"
        found = trouble(url, own_hosts=OwnHosts(), resolve=named(own_example="127.0.0.1"))
        assert found is Trouble.FORBIDDEN_ADDRESS
        assert inner.requests == []


# --- Redirects -------------------------------------------------------------------------------


def redirecting(location: str) -> bytes:
    return answer(SECRET, status=302, Location=location)


def test_a_redirect_is_followed() -> None:
    def reply(request: bytes) -> Iterable[bytes]:
        first = request.startswith(b"GET /old ")
        yield redirecting("../new?x=1") if first else answer(request.split()[1])

    with host(reply) as serving:
        assert fetch(f"http://127.0.0.1:{serving.port}/old") == b"/new?x=1"


@pytest.mark.parametrize("count", [5, 6])
def test_five_redirects_are_followed_and_no_sixth(count: int) -> None:
    def reply(request: bytes) -> Iterable[bytes]:
        step = int(request.split()[1][1:])
        yield redirecting(f"/{step + 1}") if step < count else answer(b"pixels")

    with host(reply) as serving:
        url = f"http://127.0.0.1:{serving.port}/0"
        if count == 5:
            assert fetch(url) == b"pixels"
        else:
            assert trouble(url) is Trouble.TOO_MANY_REDIRECTS


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "FILE:/etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/",
     "http://user:word@127.0.0.1/", "data:,x", "http://127.0.0.1:22/", "http://[", "javascript:0"],
)  # fmt: skip
def test_a_redirect_to_what_is_no_web_address_is_not_followed(location: str) -> None:
    with host(redirecting(location)) as serving:
        found = refusal(f"http://127.0.0.1:{serving.port}/")
        assert found.trouble is Trouble.BAD_URL
        assert "passwd" not in found.detail


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "2130706433", "169.254.169.254"])
def test_a_redirect_inwards_is_not_followed(name: str) -> None:
    """A host of the open net, here 127.0.0.2 by permission, points at one inside."""
    with host(answer(SECRET)) as inner:
        with host(redirecting(f"http://{name}:{inner.port}/"), "127.0.0.2") as outer:
            found = trouble(
                f"http://127.0.0.2:{outer.port}/", own_hosts=OwnHosts.read(["127.0.0.2"])
            )
        assert found is Trouble.FORBIDDEN_ADDRESS
        assert inner.requests == []


def test_a_redirect_without_a_goal_ends() -> None:
    with host(answer(status=302)) as serving:
        found = trouble(f"http://127.0.0.1:{serving.port}/")
    assert found in (Trouble.BAD_URL, Trouble.TOO_MANY_REDIRECTS)


# --- Size and time ---------------------------------------------------------------------------


def test_what_announces_too_much_is_not_received() -> None:
    with host(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n") as serving:
        assert trouble(f"http://127.0.0.1:{serving.port}/") is Trouble.TOO_LARGE


def test_what_announces_nothing_is_counted() -> None:
    def endless(request: bytes) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(10_000)

    with host(endless) as serving:
        assert trouble(f"http://127.0.0.1:{serving.port}/") is Trouble.TOO_LARGE


def drip(head: bytes, drop: bytes) -> Callable[[bytes], Iterable[bytes]]:
    def reply(request: bytes) -> Iterable[bytes]:
        yield head
        for _ in range(100):
            time.sleep(0.05)
            yield drop

    return reply


@pytest.mark.parametrize(
    "reply",
    [
        drip(b"", b""),
        drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "endless headers", "endless promises", "slow body", "slow chunks"],
)
def test_a_whole_transfer_is_limited_in_time_however_it_drips(reply: Any) -> None:
    with host(reply) as serving:
        began = time.monotonic()
        found = refusal(f"http://127.0.0.1:{serving.port}/", Limits(100_000, seconds=0.4))
        assert time.monotonic() - began < 2
    assert (found.trouble, found.transient) == (Trouble.TOO_SLOW, True)


def test_a_hanging_resolver_and_a_host_that_takes_no_connection_are_left() -> None:
    def hang(name: str, port: int) -> list[Any]:
        time.sleep(2)
        return []

    soon = Limits(100_000, seconds=0.3)
    assert trouble("http://slow.example/", soon, resolve=hang) is Trouble.TOO_SLOW
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        assert trouble(f"http://127.0.0.1:{port}/", soon) is Trouble.TOO_SLOW
        for one in waiting:
            one.close()


# --- Answers that are no use -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "transient"),
    [(404, False), (403, False), (204, False), (206, False), (304, False), (500, True),
     (503, True), (429, True), (408, True)],
)  # fmt: skip
def test_a_status_other_than_ok_is_told_without_the_body(status: int, transient: bool) -> None:
    with host(answer(SECRET if status not in (204, 304) else b"", status)) as serving:
        found = refusal(f"http://127.0.0.1:{serving.port}/")
    assert (found.trouble, found.status, found.transient) == (
        Trouble.BAD_ANSWER,
        status,
        transient,
    )


@pytest.mark.parametrize(
    "said",
    [SECRET + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + SECRET, b"",
     b"HTTP/1.1 200 OK\r\n" + SECRET + b"\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + SECRET],
)  # fmt: skip
def test_what_is_no_http_or_breaks_off_is_told_without_a_byte_of_it(said: bytes) -> None:
    def reply(request: bytes) -> Iterable[bytes]:
        yield said
        yield b"\r\nConnection: close"  # which this host takes as the word to hang up

    with host(reply) as serving:
        found = refusal(f"http://127.0.0.1:{serving.port}/")
    assert found.trouble in (Trouble.BAD_ANSWER, Trouble.UNREACHABLE)


def test_a_compressed_answer_that_nobody_asked_for_is_not_unpacked() -> None:
    with host(answer(SECRET, Content_Encoding="gzip")) as serving:
        assert trouble(f"http://127.0.0.1:{serving.port}/") is Trouble.BAD_ANSWER


def test_a_host_that_is_not_there_may_be_there_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    found = refusal(f"http://127.0.0.1:{port}/")
    assert (found.trouble, found.transient) == (Trouble.UNREACHABLE, True)


def test_a_name_that_nobody_knows_is_told() -> None:
    def unknown(name: str, port: int) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    found = refusal("http://nobody.example/", resolve=unknown)
    assert (found.trouble, found.transient) == (Trouble.UNREACHABLE, False)


# --- Sending ---------------------------------------------------------------------------------


def test_something_is_sent_and_the_status_comes_back_whatever_it_is() -> None:
    with host(answer(SECRET, 418)) as serving:
        with GuardedClient(own_hosts=HERE) as client:
            said = client.post(
                f"http://127.0.0.1:{serving.port}/hook", b'{"a":1}', {"X-Sign": "s"}, seconds=5
            )
        (request,) = serving.requests
    assert (said.status, request.endswith(b'\r\n\r\n{"a":1}')) == (418, True)
    assert b"X-Sign: s" in request
    assert 0 < said.seconds < 5


def test_what_is_sent_follows_no_redirect_and_goes_nowhere_inside() -> None:
    with host(answer(SECRET)) as inner:
        with host(redirecting(f"http://127.0.0.1:{inner.port}/")) as serving:
            with GuardedClient(own_hosts=HERE) as client:
                url = f"http://127.0.0.1:{serving.port}/"
                assert client.post(url, b"{}", {}, seconds=5).status == 302
        assert inner.requests == []
        with GuardedClient(own_hosts=OwnHosts()) as client, pytest.raises(OutboundError):
            client.post(f"http://127.0.0.1:{inner.port}/", b"{}", {}, seconds=5)
        assert inner.requests == []


def test_sockets_of_this_machine_are_not_asked() -> None:
    backend = connecting.GuardedBackend(HERE, named(), connecting.Deadline())
    with pytest.raises(OutboundError):
        backend.connect_unix_socket("/run/service.sock")


def test_an_address_is_checked_without_asking_anybody() -> None:
    assert str(url_check("HTTPS://Bücher.example:443/x")) == "https://xn--bcher-kva.example:443/x"
