"""Writes that arrive while another one is under way, made together.

A commit waits for the disk, and a project has one writer at a time. Of eight that wait, the
first to have its turn writes for all of them: one lock, one look-up, one commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_TOGETHER = 16


@dataclass(slots=True)
class _Waiting(Generic[Item, Result]):
    item: Item
    woken: threading.Event = field(default_factory=threading.Event)
    """It has its result, or else it is this one's turn to write."""
    result: Result | None = None


class Gathering(Generic[Item, Result]):
    """Of each key, what waits in this process. `write` makes one result an item, in their order."""

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, list[_Waiting[Item, Result]]] = {}
        """By key, for as long as somebody writes."""

    def write(self, key: Hashable, item: Item) -> Result:
        """Have the item written, perhaps with others of its key; raises what writing it raises."""
        own = _Waiting[Item, Result](item)
        with self._lock:
            others = self._waiting.get(key)
            if others is None:
                self._waiting[key] = []
            else:
                others.append(own)
        if others is not None:
            own.woken.wait()
            if own.result is not None:
                return own.result
        try:
            return self._write_gathered(key, own)
        finally:
            self._pass_on(key)

    def _write_gathered(self, key: Hashable, own: _Waiting[Item, Result]) -> Result:
        with self._lock:
            waiting = self._waiting[key]
            joined, self._waiting[key] = waiting[:MOST_TOGETHER], waiting[MOST_TOGETHER:]
        try:
            first, *results = self._write([own.item, *(other.item for other in joined)])
        except BaseException as error:
            # One of them may be at fault: each of the others writes its own when it is its turn.
            with self._lock:
                self._waiting[key] = [*joined, *self._waiting[key]]
            if not joined or not isinstance(error, Exception):
                raise
            (first,) = self._write([own.item])
        else:
            for other, result in zip(joined, results, strict=True):
                other.result = result
                other.woken.set()
        return first

    def _pass_on(self, key: Hashable) -> None:
        with self._lock:
            if self._waiting[key]:
                self._waiting[key].pop(0).woken.set()
            else:
                del self._waiting[key]
