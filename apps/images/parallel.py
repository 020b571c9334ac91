"""Several things at once, told in the order in which they came."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = min(8, os.cpu_count() or 1)
BYTES_AHEAD = 32 * 1024 * 1024
"""What they may weigh together; a heavier one goes alone."""


def _nothing(_: object) -> int:
    return 0


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    weigh: Callable[[Item], int] = _nothing,
    workers: int = WORKERS,
) -> Iterator[Result]:
    """What `work` makes of each item; `weigh` says how many bytes one holds.

    Items are taken in the calling thread, at most twice `workers` ahead of the results.
    `work` runs in threads, so it gains where it leaves Python, as decoders, hashes and
    requests do; a single item is worked on without one.
    """
    coming = iter(items)
    first = list(islice(coming, 2))
    if len(first) < 2:  # noqa: PLR2004 — one, or none
        yield from map(work, first)
        return
    waiting: deque[tuple[int, Future[Result]]] = deque()
    held = 0
    with ThreadPoolExecutor(workers, thread_name_prefix="in-order") as pool:
        for item in chain(first, coming):
            weight = weigh(item)
            while waiting and (len(waiting) >= 2 * workers or held + weight > BYTES_AHEAD):
                lighter, result = waiting.popleft()
                yield result.result()
                held -= lighter
            waiting.append((weight, pool.submit(work, item)))
            held += weight
        for _, result in waiting:
            yield result.result()


class Room:
    """A size that all threads of the process share; who asks for more than is left waits."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._turn = threading.Lock()
        self._left = threading.Condition()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Hold so much of it; what is larger than all of it takes it whole."""
        wanted = min(size, self._size)
        # One waits at a time, so that small ones do not pass a large one for ever.
        with self._turn, self._left:
            self._left.wait_for(lambda: self._taken + wanted <= self._size)
            self._taken += wanted
        try:
            yield
        finally:
            with self._left:
                self._taken -= wanted
                self._left.notify_all()
