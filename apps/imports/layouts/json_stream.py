"""JSON of any length, an entry at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

import ijson
from ijson.common import ObjectBuilder

from apps.imports.layouts.told import ManifestError

MOST_DEPTH = 64
MOST_PARTS = 20_000
"""Values that one entry may have, apart from those that are passed over."""
MOST_UNREAD_BYTES = 8 * 1024 * 1024
"""Bytes of one value: so much is read without another value's end."""
CHUNK = 64 * 1024
MARK = b"\xef\xbb\xbf"
"""Begins some UTF-8 files."""
OPENS, CLOSES = ("start_map", "start_array"), ("end_map", "end_array")


def json_items(
    file: BinaryIO, name: str, lists: Collection[str], passed_over: Collection[str] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in a document's lists of these names, each with its list's name.

    A document that is a list itself has the name "". Keys in `passed_over` are left out of
    objects, at any depth, and cost no memory. Raises ManifestError.
    """
    items = _Items(name, lists, passed_over)
    for event, value in _events(file, name):
        item = items.take(event, value)
        if item is not None:
            yield items.key, item


class _Items:
    """Builds the objects at the depth of items, and nothing else, from a parser's events."""

    def __init__(self, name: str, lists: Collection[str], passed_over: Collection[str]) -> None:
        self._name = name
        self._lists = lists
        self._passed_over = passed_over
        self._depth = 0
        self._item_depth = 0
        self._skip_depth = -1
        self._parts = 0
        self._item: ObjectBuilder | None = None
        self.key = ""
        """The list that the reader is in."""

    def take(self, event: str, value: Any) -> dict[str, Any] | None:
        """An object, where this event ends one."""
        if event in OPENS:
            self._open(event)
        elif event == "map_key" and self._depth == 1:
            self.key = value
        if self._item is not None and self._skip_depth < 0:
            self._build(self._item, event, value)
        self._depth -= event in CLOSES
        if self._item is None or (event == "map_key" and self._skip_depth == self._depth):
            return None
        if self._depth == self._skip_depth:
            self._skip_depth = -1
        elif self._depth < self._item_depth:
            item: dict[str, Any] = self._item.value
            self._item = None
            return item
        return None

    def _open(self, event: str) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ManifestError(
                f"{self._name} cannot be read: it is nested more than {MOST_DEPTH} deep."
            )
        if self._depth == 1:
            self._item_depth = 2 if event == "start_array" else 3
        elif event == "start_map" and self._depth == self._item_depth and self.key in self._lists:
            self._item, self._parts = ObjectBuilder(), 0

    def _build(self, item: ObjectBuilder, event: str, value: Any) -> None:
        if event == "map_key" and value in self._passed_over:
            self._skip_depth = self._depth
            return
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ManifestError(
                f"{self._name} cannot be read: an entry has more than {MOST_PARTS:,} values."
            )
        item.event(event, value)


def top_keys(file: BinaryIO, most_bytes: int = 1024 * 1024) -> tuple[str, frozenset[str]]:
    """Whether a document is a `list`, an `object` or ``, and the first keys in it.

    Of a list, the keys of its first object. Looks at the beginning only.
    """
    kind, depth, found = "", 0, set()
    try:
        for event, value in ijson.basic_parse(_Beginning(file, most_bytes), use_float=True):
            if not kind:
                kind = {"start_array": "list", "start_map": "object"}.get(event, "")
                if not kind:
                    break
            depth += (event in OPENS) - (event in CLOSES)
            if event == "map_key" and depth == (1 if kind == "object" else 2):
                found.add(value)
            if depth > MOST_DEPTH or (kind == "list" and depth == 1 and event == "end_map"):
                break
    except (ijson.JSONError, UnicodeDecodeError):
        pass
    return kind, frozenset(found)


def _events(file: BinaryIO, name: str) -> Iterator[tuple[str, Any]]:
    watched = _Watched(file, name)
    try:
        for event in ijson.basic_parse(watched, buf_size=CHUNK, use_float=True):
            watched.unread = 0
            yield event
    except ijson.IncompleteJSONError as error:
        raise ManifestError(f"{name} ends too early, or is no JSON: {_plain(error)}.") from None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise ManifestError(f"{name} is no JSON that can be read: {_plain(error)}.") from None


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0].strip().rstrip(".")[:120]


class _Beginning:
    """The first bytes of a file, from its start and without the mark of UTF-8."""

    def __init__(self, file: BinaryIO, most_bytes: int) -> None:
        file.seek(0)
        if file.read(len(MARK)) != MARK:
            file.seek(0)
        self._file = file
        self._left = most_bytes

    def read(self, size: int = CHUNK) -> bytes:
        chunk = self._file.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk


class _Watched(_Beginning):
    """A whole file, which ends in an error where one value has no end."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        super().__init__(file, 1 << 62)
        self._name = name
        self.unread = 0

    def read(self, size: int = CHUNK) -> bytes:
        chunk = super().read(size)
        self.unread += len(chunk)
        if self.unread > MOST_UNREAD_BYTES:
            raise ManifestError(
                f"{self._name} cannot be read: one of its values is longer than"
                f" {MOST_UNREAD_BYTES // 1024**2} MiB."
            )
        return chunk
