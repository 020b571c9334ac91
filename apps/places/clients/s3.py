"""S3 buckets, and those of services that speak like S3."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from itertools import pairwise
from typing import TypeVar

from apps.outbound.connecting import Resolve, system_resolve
from apps.outbound.errors import OutboundError, Trouble
from apps.outbound.s3 import Bucket, BucketAddress, ListedKey
from apps.places.clients.protocol import Entry, Page, is_keepable
from apps.places.errors import PlaceError

VERSION_LENGTH = 120
MOST_BYTES = 2**62
"""What the database can count."""
Answer = TypeVar("Answer")


class S3Client:
    """A bucket below one prefix. `pauses`: seconds before each further try of what may pass."""

    def __init__(
        self,
        address: BucketAddress,
        *,
        prefix: str,
        pauses: Sequence[float],
        resolve: Resolve = system_resolve,
    ) -> None:
        self._prefix = prefix
        self._pauses = pauses
        self._over = threading.Event()
        try:
            self._bucket = Bucket(address, resolve=resolve)
        except OutboundError as error:
            raise _place_error(error) from None

    def pages(self, after: str = "") -> Iterator[Page]:
        """Up to 1,000 keys at a time."""
        has_more = True
        while has_more:
            listed, has_more = self._tried(partial(self._bucket.page, self._prefix, after))
            _order_check([after, *(line.key for line in listed)])
            if has_more and not listed:
                raise PlaceError("The service says that there are more keys, but tells none.")
            after = listed[-1].key if listed else after
            entries = [_entry(line) for line in listed if is_keepable(line.key)]
            yield Page(entries, after if has_more else None)

    def read(self, key: str, most_bytes: int) -> bytes:
        """What lies under a key now."""
        return self._tried(partial(self._bucket.read, key, most_bytes))

    def abandon(self) -> None:
        """End what is under way with its present wait."""
        self._over.set()
        self._bucket.abandon()

    def close(self) -> None:
        """Close the connections."""
        self._bucket.close()

    def _tried(self, ask: Callable[[], Answer]) -> Answer:
        for pause in self._pauses:
            try:
                return ask()
            except OutboundError as error:
                if not error.transient or self._over.wait(pause):
                    raise _place_error(error) from None
        try:
            return ask()
        except OutboundError as error:
            raise _place_error(error) from None


def _entry(line: ListedKey) -> Entry:
    version = line.etag or f"{line.size} {line.changed_at}"
    if len(version) > VERSION_LENGTH or "\x00" in version:
        version = hashlib.sha256(version.encode("utf-8", "replace")).hexdigest()
    return Entry(line.key, version, min(max(0, line.size), MOST_BYTES))


def _order_check(keys: Sequence[str]) -> None:
    """What was passed once is never looked at again, so the order must hold."""
    for before, behind in pairwise(keys):
        if behind <= before:
            raise PlaceError(
                "The service does not list its keys in alphabetical order, as S3 buckets do"
                " (directory buckets do not); it cannot be synced."
            )


def _place_error(error: OutboundError) -> PlaceError:
    return PlaceError(
        error.detail,
        transient=error.transient,
        is_gone=error.trouble is Trouble.BAD_ANSWER and error.status == HTTPStatus.NOT_FOUND,
    )
