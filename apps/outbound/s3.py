"""Buckets that people name: botocore writes and signs the requests, the guarded client sends them.

Nothing of this machine's own is used: no credentials, profiles, instance metadata, endpoints or
proxies of its environment. A bucket is asked with the keys that were given, or anonymously.
"""

from __future__ import annotations

import io
import os
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

import httpcore2
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.configprovider import (
    BOTOCORE_DEFAUT_SESSION_VARIABLES,
    ConfigValueStore,
    ConstantProvider,
)
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from apps.outbound.client import TRANSIENT_STATUSES, GuardedClient, Limits
from apps.outbound.connecting import Resolve, system_resolve
from apps.outbound.errors import OutboundError, Trouble

PAGE_KEYS = 1000
"""What the service tells at once at the most."""
LISTING = Limits(most_bytes=16 * 1024 * 1024, seconds=60.0)
DEFAULT_REGION = "us-east-1"
REFUSALS = {
    "AccessDenied": "The service refused access: the key must be allowed to list and to read"
    " this bucket.",
    "AuthorizationHeaderMalformed": "The bucket lies in another region; name that one.",
    "ExpiredToken": "The access key has expired; enter another one.",
    "InvalidAccessKeyId": "The service does not know this access key id.",
    "InvalidBucketName": "The service takes no bucket of this name.",
    "NoSuchBucket": "There is no bucket of this name.",
    "NoSuchKey": "There is no such key any more.",
    "PermanentRedirect": "The bucket lies in another region; name that one.",
    "RequestTimeTooSkewed": "The clocks of this server and of the service differ too much.",
    "SignatureDoesNotMatch": "The secret access key does not belong to the access key id.",
    "SlowDown": "The service asks for fewer requests.",
}
"""What the service's own codes mean; of other answers only the status is told."""
STATUSES: dict[int, str] = {
    HTTPStatus.MOVED_PERMANENTLY: REFUSALS["PermanentRedirect"],
    HTTPStatus.FORBIDDEN: REFUSALS["AccessDenied"],
}

_MOST_BYTES: ContextVar[int] = ContextVar("most_bytes")
"""Of the answer to what this thread is asking."""


_BOTOCORE = threading.Lock()
"""Clients are made one at a time; once made, any number of threads use them."""


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Which bucket, and as whom. Without an access key id it is asked anonymously."""

    name: str
    endpoint_url: str = ""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """One line of a listing; `size` in bytes."""

    key: str
    etag: str
    size: int
    changed_at: str


class Bucket:
    """Reads one bucket; any number of threads may. All its errors are `OutboundError`."""

    def __init__(self, address: BucketAddress, *, resolve: Resolve = system_resolve) -> None:
        self._name = address.name
        self._connections = _Connections(resolve)
        self._client = _boto_client(address)
        self._client.meta.events.register("before-send.s3", self._send)

    def page(self, prefix: str, after: str) -> tuple[list[ListedKey], bool]:
        """The next keys behind `after`, in order, and whether there are more."""
        answer = self._asked("list_objects_v2", Prefix=prefix, StartAfter=after, MaxKeys=PAGE_KEYS)
        listed = [_listed(line) for line in answer.get("Contents", [])]
        return listed, bool(answer.get("IsTruncated"))

    def read(self, key: str, most_bytes: int) -> bytes:
        """What lies under a key."""
        body = self._asked("get_object", most_bytes, Key=key)["Body"]
        return bytes(body.read())

    def abandon(self) -> None:
        """Called by another thread: end what is under way with its present wait."""
        self._connections.abandon()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._connections.close()

    def _asked(
        self, operation: str, most_bytes: int = LISTING.most_bytes, **parameters: Any
    ) -> Any:
        token = _MOST_BYTES.set(most_bytes)
        try:
            return getattr(self._client, operation)(Bucket=self._name, **parameters)
        except ClientError as error:
            raise _refused(error) from None
        except BotoCoreError:
            raise OutboundError(
                Trouble.BAD_ANSWER, "The service does not answer as S3 does."
            ) from None
        except (UnicodeError, ValueError):
            raise OutboundError(Trouble.BAD_URL, "The service cannot be asked for this.") from None
        finally:
            _MOST_BYTES.reset(token)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """In place of botocore's own sending, which therefore never happens."""
        limits = Limits(_MOST_BYTES.get(), LISTING.seconds)
        headers = {name: _text(value) for name, value in request.headers.items()}
        headers.pop("Content-Length", None)
        with self._connections.one() as client:
            answer = client.exchange(request.method, request.url, headers, limits)
        return AWSResponse(request.url, answer.status, dict(answer.headers), _Raw(answer.content))


class _Connections:
    """A guarded client for each thread that asks at the same time, lent and given back."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._idle: queue.SimpleQueue[GuardedClient] = queue.SimpleQueue()
        self._all: list[GuardedClient] = []
        self._lock = threading.Lock()
        self._abandoned = False

    @contextmanager
    def one(self) -> Iterator[GuardedClient]:
        try:
            client = self._idle.get_nowait()
        except queue.Empty:
            client = self._made()
        try:
            yield client
        finally:
            self._idle.put(client)

    def abandon(self) -> None:
        with self._lock:
            self._abandoned = True
            for client in self._all:
                client.abandon()

    def close(self) -> None:
        with self._lock:
            for client in self._all:
                client.close()

    def _made(self) -> GuardedClient:
        client = GuardedClient(resolve=self._resolve, ssl_context=_ssl_context())
        with self._lock:
            self._all.append(client)
            if self._abandoned:
                client.abandon()
        return client


class _Raw(io.BytesIO):
    """A body as botocore wants to read it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        while part := self.read(65536):
            yield part


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


def _boto_client(address: BucketAddress) -> Any:
    try:
        with _BOTOCORE:
            return _session().create_client(
                "s3",
                region_name=address.region or DEFAULT_REGION,
                endpoint_url=address.endpoint_url or None,
                aws_access_key_id=address.access_key_id or None,
                aws_secret_access_key=address.secret_access_key or None,
                config=Config(
                    signature_version="s3v4" if address.access_key_id else UNSIGNED,
                    retries={"mode": "standard", "total_max_attempts": 1},
                    s3={"addressing_style": "path" if address.endpoint_url else "auto"},
                    ignore_configured_endpoint_urls=True,
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
    except (BotoCoreError, ValueError):
        raise OutboundError(
            Trouble.BAD_URL, "No S3 service can be asked by this endpoint, region and key."
        ) from None


@cache
def _session() -> Session:
    """A session that knows only what it is told here; its models of S3 take a second to read."""
    session = Session()
    plain = {
        name: ConstantProvider(value=default)
        for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    nothing = {
        name: ConstantProvider(value=os.devnull) for name in ("config_file", "credentials_file")
    }
    session.register_component("config_store", ConfigValueStore(mapping={**plain, **nothing}))
    return session


def _listed(line: dict[str, Any]) -> ListedKey:
    changed_at = line.get("LastModified")
    return ListedKey(
        key=str(line.get("Key", "")),
        etag=str(line.get("ETag", "")).strip('"'),
        size=int(line.get("Size", 0)),
        changed_at=changed_at.isoformat() if changed_at else "",
    )


def _refused(error: ClientError) -> OutboundError:
    """What the service said, in words of our own."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(error.response.get("Error", {}).get("Code", ""))
    told = REFUSALS.get(code) or STATUSES.get(status)
    return OutboundError(
        Trouble.BAD_ANSWER,
        told or f"The service answered with status {status}.",
        transient=status in TRANSIENT_STATUSES,
        status=status,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
