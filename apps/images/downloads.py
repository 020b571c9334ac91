"""Several downloads at a time, with few of them in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import BinaryIO, Self, cast
from urllib.parse import urlsplit

from apps.images.models import ListedUrl
from apps.images.sources import MOST_FILE_BYTES
from apps.outbound.client import GuardedClient, Limits
from apps.outbound.errors import OutboundError, Trouble
from ml_engine.config import StopRequestedError

THREADS = 8
AHEAD = 16
"""Downloads under way or arrived at the most, each with up to `MEMORY_BYTES` in memory."""
MEMORY_BYTES = 1024 * 1024
LIMITS = Limits(most_bytes=MOST_FILE_BYTES, seconds=60.0)
FAILURES_IN_A_ROW = 5
"""After so many a host is left alone until the next pass, not waited for a thousand times."""


@dataclass(frozen=True, slots=True)
class Download:
    """What came of asking one address: a file to read, or an error."""

    listed: ListedUrl
    file: BinaryIO
    size: int = 0
    error: OutboundError | None = None

    @property
    def may_come_later(self) -> bool:
        """Whether asking again may help."""
        return self.error is not None and self.error.transient

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()


class Downloads:
    """Asks addresses in threads of its own. As a context manager it leaves none behind."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="download")
        self._own = threading.local()
        self._clients: list[GuardedClient] = []
        self._failures: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for client in self._clients:
            client.abandon()
        # A job that is stopped does not wait for hosts; its process takes the connections along.
        self._threads.shutdown(wait=error is None, cancel_futures=True)
        if error is None:
            for client in self._clients:
                client.close()

    def of(self, addresses: Iterator[ListedUrl]) -> Iterator[Download]:
        """Each address's download, in the order of arrival. Raises StopRequestedError."""
        under_way: set[Future[Download]] = set()
        while True:
            for listed in islice(addresses, AHEAD - len(under_way)):
                under_way.add(self._threads.submit(self._download, listed))
            if not under_way:
                return
            arrived, under_way = wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in arrived:
                yield future.result()
            if self._should_stop():
                raise StopRequestedError

    def _download(self, listed: ListedUrl) -> Download:
        file = cast("BinaryIO", SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 — handed on.
        host = _host(listed.url)
        try:
            if self._failures[host] >= FAILURES_IN_A_ROW:
                raise OutboundError(
                    Trouble.UNREACHABLE,
                    f"{host} failed {FAILURES_IN_A_ROW} times in a row and was left alone; send"
                    " this address again later.",
                    transient=True,
                )
            self._client().download(listed.url, file, LIMITS)
        except OutboundError as error:
            self._failures[host] += error.transient
            return Download(listed, file, error=error)
        self._failures[host] = 0
        size = file.tell()
        file.seek(0)
        return Download(listed, file, size)

    def _client(self) -> GuardedClient:
        """This thread's own."""
        client: GuardedClient | None = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = GuardedClient()
            self._clients.append(client)
        return client


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
