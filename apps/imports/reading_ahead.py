"""Reading a place a little ahead of what is taken in, so that neither waits for the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from apps.images.sources import MOST_FILE_BYTES
from apps.places.clients.protocol import Entry, Page, PlaceClient
from apps.places.errors import PlaceError
from ml_engine.config import StopRequestedError

THREADS = 8
AHEAD = 32
"""Files that are being read or wait to be taken in."""
BYTES_AHEAD = 32 * 1024 * 1024
"""What they weigh together, by the listing; a heavier one goes alone."""
GROWTH = 1024 * 1024
"""Bytes that a file may have more than was listed."""
LOOK_EVERY = 0.25
"""Seconds between two questions whether to stop."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of reading one file."""

    entry: Entry
    content: bytes = b""
    error: PlaceError | None = None


class ReadAhead:
    """Asks a place in threads of its own. As a context manager it leaves none behind."""

    def __init__(self, client: PlaceClient, should_stop: Callable[[], bool]) -> None:
        self._client = client
        self._should_stop = should_stop
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="read-ahead")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._client.abandon()
        # A job that is stopped does not wait for the service.
        self._threads.shutdown(wait=error is None, cancel_futures=True)

    def pages(self, after: str) -> Iterator[Page]:
        """The listing, a page ahead. Raises StopRequestedError and `PlaceError`."""
        listing = self._client.pages(after)
        coming = self._threads.submit(next, listing, None)
        while page := self._result(coming):
            coming = self._threads.submit(next, listing, None)
            yield page

    def files(self, entries: Iterable[Entry]) -> Iterator[Arrived]:
        """Each file, in the order given. Raises StopRequestedError."""
        waiting: deque[tuple[int, Future[Arrived]]] = deque()
        held = 0
        for entry in entries:
            while waiting and (len(waiting) >= AHEAD or held + entry.size > BYTES_AHEAD):
                size, oldest = waiting.popleft()
                yield self._result(oldest)
                held -= size
            waiting.append((entry.size, self._threads.submit(self._read, entry)))
            held += entry.size
        for _, future in waiting:
            yield self._result(future)

    def _read(self, entry: Entry) -> Arrived:
        if not 0 < entry.size <= MOST_FILE_BYTES:
            return Arrived(entry)  # Its size says all.
        most_bytes = min(entry.size + GROWTH, MOST_FILE_BYTES)
        try:
            return Arrived(entry, self._client.read(entry.key, most_bytes))
        except PlaceError as error:
            return Arrived(entry, error=error)

    def _result(self, future: Future[Result]) -> Result:
        while True:
            if self._should_stop():
                raise StopRequestedError
            if wait([future], timeout=LOOK_EVERY).done:
                return future.result()
