"""The one client for addresses that people name: URL lists, webhooks, whatever comes.

http and https only; nothing of the environment (no proxy, no .netrc, no cookies); no
credentials in URLs; redirects judged like the first address; whole transfers limited in
time and size; errors that tell nothing of an answer's body.
"""

from __future__ import annotations

import io
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

import httpcore2
import httpx2
from django.conf import settings

from apps.outbound.addresses import OwnHosts
from apps.outbound.connecting import Deadline, GuardedBackend, Resolve, system_resolve, too_slow
from apps.outbound.errors import OutboundError, Trouble

MOST_REDIRECTS = 5
LONGEST_URL = 2000
WAIT_SECONDS = 10.0
"""The longest single wait: for a connection, or for the next bytes."""
WEB_PORTS = {80, 443}
FREE_PORTS = range(1024, 65536)
"""Behind the other ports stand mail, name and file servers."""
HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|[0-9a-f:.]+")
TRANSIENT_STATUSES = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one transfer may take."""

    most_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said: its status, and after how many seconds."""

    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """What a host said, whatever the status, with all that it sent."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


def url_check(text: str) -> httpx2.URL:
    """The URL, if it may be asked as it is written. Raises `OutboundError`; asks nobody."""
    if len(text) > LONGEST_URL:
        raise _bad_url(f"The URL is longer than {LONGEST_URL:,} characters.")
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        raise _bad_url("This is no URL; write it as https://host/path.") from None
    if url.scheme not in ("http", "https"):
        raise _bad_url("Only http:// and https:// can be fetched.")
    if url.userinfo:
        raise _bad_url("The URL has a user name or password in it; leave them out.")
    if not HOST.fullmatch(url.raw_host.decode("ascii")):
        raise _bad_url("The URL names no host that could be asked.")
    if not (url.port is None or url.port in WEB_PORTS or url.port in FREE_PORTS):
        raise _bad_url(f"Port {url.port} is not asked; 80, 443 and those from 1024 are.")
    return url


class GuardedClient:
    """Asks other hosts. It serves one thread, and keeps a few connections open between requests.

    `own_hosts` are those of the setting `FETCH_ALLOWED_HOSTS` unless others are given.
    """

    def __init__(
        self,
        *,
        own_hosts: OwnHosts | None = None,
        resolve: Resolve = system_resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        if own_hosts is None:
            own_hosts = OwnHosts.read(settings.FETCH_ALLOWED_HOSTS)
        self._deadline = Deadline()
        self._pool = httpcore2.ConnectionPool(
            # Read once: each handshake would read all certificates of the machine again.
            ssl_context=ssl_context or httpcore2.default_ssl_context(),
            max_connections=4,
            max_keepalive_connections=2,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(own_hosts, resolve, self._deadline),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pool.close()

    def abandon(self) -> None:
        """Called by another thread: end what is under way with its present wait."""
        self._deadline.abandon()

    def download(self, text: str, into: BinaryIO, limits: Limits) -> None:
        """Write what the URL holds into a file. Raises `OutboundError`."""
        self._deadline.set(limits.seconds)
        url = url_check(text)
        for _ in range(MOST_REDIRECTS + 1):
            with self._asked("GET", url, {"Accept": "image/*, */*;q=0.5"}) as response:
                if response.status not in REDIRECTS:
                    _good_check(response)
                    self._receive(response, into, limits)
                    return
                url = _redirected(url, response)
        raise OutboundError(
            Trouble.TOO_MANY_REDIRECTS, f"It redirects more than {MOST_REDIRECTS} times."
        )

    def post(self, text: str, content: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Send something and return what the host says to it, whatever the status; no redirects.

        Raises `OutboundError` where no answer came.
        """
        self._deadline.set(seconds)
        began = time.monotonic()
        with self._asked("POST", url_check(text), headers, content) as response:
            return Answer(response.status, time.monotonic() - began)

    def exchange(
        self,
        method: str,
        text: str,
        headers: Mapping[str, str],
        limits: Limits,
        content: bytes | None = None,
    ) -> WholeAnswer:
        """Send a request exactly as it is written, as signed ones must be; no redirects.

        Raises `OutboundError` where no whole answer came.
        """
        self._deadline.set(limits.seconds)
        parts = urlsplit(text)
        url = url_check(f"{parts.scheme}://{parts.netloc}/")
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            raw_target = target.encode("ascii")
        except UnicodeEncodeError:
            raise _bad_url("The URL has characters that must be escaped.") from None
        received = io.BytesIO()
        with self._asked(method, url, headers, content, raw_target) as response:
            self._receive(response, received, limits)
            said = [(name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in response.headers]  # fmt: skip
            return WholeAnswer(response.status, said, received.getvalue())

    @contextmanager
    def _asked(
        self,
        method: str,
        url: httpx2.URL,
        headers: Mapping[str, str],
        content: bytes | None = None,
        target: bytes | None = None,
    ) -> Iterator[httpcore2.Response]:
        sent = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": f"Assay/{settings.VERSION}",
            "Accept-Encoding": "identity",
            **headers,
        }
        if content is not None:
            sent["Content-Length"] = str(len(content))
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), WAIT_SECONDS)
        with _sentences(url.host):
            with self._pool.stream(
                method,
                httpcore2.URL(
                    scheme=url.raw_scheme,
                    host=url.raw_host,
                    port=url.port,
                    target=target or url.raw_path,
                ),
                headers=list(sent.items()),
                content=content,
                extensions={"timeout": timeouts},
            ) as response:
                yield response

    def _receive(self, response: httpcore2.Response, into: BinaryIO, limits: Limits) -> None:
        announced = _header(response, b"content-length")
        if announced.isdecimal() and int(announced) > limits.most_bytes:
            raise _too_large(limits)
        received = 0
        for chunk in response.iter_stream():
            received += len(chunk)
            if received > limits.most_bytes:
                raise _too_large(limits)
            self._deadline.left()
            into.write(chunk)


def _good_check(response: httpcore2.Response) -> None:
    """Raise `OutboundError` where this is not a plain file."""
    if response.status != HTTPStatus.OK:
        raise OutboundError(
            Trouble.BAD_ANSWER,
            f"The host answered with status {response.status}.",
            transient=response.status in TRANSIENT_STATUSES,
            status=response.status,
        )
    if _header(response, b"content-encoding") not in ("", "identity"):
        raise OutboundError(
            Trouble.BAD_ANSWER, "The host compressed its answer though it was asked not to."
        )


@contextmanager
def _sentences(host: str) -> Iterator[None]:
    """What the transport raises, told without a byte of what the host sent."""
    try:
        yield
    except httpcore2.TimeoutException:
        raise too_slow() from None
    except httpcore2.NetworkError as error:
        certificate = isinstance(error.args[0], ssl.SSLCertVerificationError)
        why = "its certificate is not valid" if certificate else "it cannot be reached"
        raise OutboundError(
            Trouble.UNREACHABLE, f"{host} was not asked: {why}.", transient=not certificate
        ) from None
    except httpcore2.RemoteProtocolError:
        raise OutboundError(
            Trouble.BAD_ANSWER, f"{host} does not answer in proper HTTP.", transient=True
        ) from None
    except (httpcore2.LocalProtocolError, httpcore2.UnsupportedProtocol):
        raise _bad_url("This URL cannot be asked for by HTTP.") from None


def _redirected(url: httpx2.URL, response: httpcore2.Response) -> httpx2.URL:
    try:
        target = url.join(_header(response, b"location"))
        return url_check(str(target))
    except (httpx2.InvalidURL, OutboundError):
        raise OutboundError(
            Trouble.BAD_URL, "It redirects to an address that is not followed."
        ) from None


def _header(response: httpcore2.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1").strip()
    return ""


def _bad_url(detail: str) -> OutboundError:
    return OutboundError(Trouble.BAD_URL, detail)


def _too_large(limits: Limits) -> OutboundError:
    return OutboundError(
        Trouble.TOO_LARGE, f"It is larger than {limits.most_bytes // 1024**2} MiB."
    )
