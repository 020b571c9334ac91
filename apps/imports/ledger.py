"""Which files came and what manifests say of them, matched by name, on disk and not in memory.

The ledger is a temporary SQLite database that goes with its process: each attempt at an import
writes it again from the same files, so it says the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.images.refusals import Reason
from apps.images.upload_forms import MOST_METADATA_BYTES
from apps.imports.layouts.told import Told

TABLES = """
CREATE TABLE came (name TEXT);
CREATE TABLE told (
  id INTEGER PRIMARY KEY, file TEXT, class TEXT, split TEXT, metadata TEXT, url TEXT,
  reason TEXT, detail TEXT, came INTEGER DEFAULT 0
);
CREATE TABLE names (key TEXT, told INTEGER);
"""
COLUMNS = "told.id, file, class, split, metadata, url, reason, detail"
ELSEWHERE = f"SELECT {COLUMNS} FROM told WHERE NOT came AND url != '' ORDER BY id"  # noqa: S608
BETWEEN = (
    f"SELECT {COLUMNS} FROM names JOIN told ON told.id = names.told"  # noqa: S608
    " WHERE names.key BETWEEN ? AND ? LIMIT 20"
)
LONGEST_CLASS = 80
LONGEST_NAME = 1000
AFTER = chr(0x10FFFF)
"""Sorts behind every other sign."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How files and manifests fit together."""

    named: int
    """Images that manifests speak of."""
    classes: int
    """Different classes among them."""
    missing: int
    """Named, but neither among the files nor at an address."""
    unnamed: int
    """Came, but no manifest speaks of them."""
    missing_names: list[str]
    """The first of the missing."""


class Ledger:
    """Filled first; then `match`ed, once; then asked."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.executescript(TABLES)
        self._rows.execute("BEGIN")
        self.total = 0
        """Files that came, apart from manifests."""

    def close(self) -> None:
        """Forget all of it."""
        self._rows.close()

    def came(self, name: str) -> None:
        """Note a file."""
        self.total += 1
        self._rows.execute("INSERT INTO came VALUES (?)", (_storable(name),))

    def tell(self, told: Told) -> None:
        """Note what is said of a file."""
        names = [_key(name) for name in (told.file, *told.other_names)]
        told_class, metadata, refusal = told.annotation_class, "{}", told.refusal
        try:
            metadata = _metadata(told)
            if len(told_class) > LONGEST_CLASS:
                raise ValueError(f"its class is longer than {LONGEST_CLASS} characters")
        except ValueError as error:
            refusal = refusal or (Reason.BAD_MANIFEST_LINE, f"What is said of it: {error}.")
        reason, detail = refusal or (None, None)
        added = self._rows.execute(
            "INSERT INTO told (file, class, split, metadata, url, reason, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                _storable(told.file), _storable(told_class), told.split, metadata,
                _storable(told.url), reason, detail and _storable(detail),
            ),
        )  # fmt: skip
        self._rows.executemany(
            "INSERT INTO names VALUES (?, ?)", ((name, added.lastrowid) for name in names if name)
        )

    def match(self) -> Fit:
        """Find for each file what is said of it; both are complete now."""
        self._rows.execute("CREATE INDEX names_by_key ON names (key, told)")
        unnamed = 0
        for (name,) in self._rows.execute("SELECT name FROM came"):
            ids = [row[0] for row in self._namesakes(name)]
            unnamed += not ids
            self._rows.executemany("UPDATE told SET came = 1 WHERE id = ?", ((one,) for one in ids))
        named, classes = self._rows.execute(
            "SELECT count(*), count(DISTINCT nullif(class, '')) FROM told"
        ).fetchone()
        missing = "FROM told WHERE NOT came AND url = ''"
        (missing_count,) = self._rows.execute(f"SELECT count(*) {missing}").fetchone()
        first = self._rows.execute(f"SELECT file {missing} ORDER BY id LIMIT 20")
        return Fit(named, classes, missing_count, unnamed, [name for (name,) in first])

    def told_of(self, name: str) -> Told | None:
        """What is said of a file; a refusal where lines of different classes may mean it."""
        rows = self._namesakes(_storable(name))
        if not rows:
            return None
        if len({row[2:4] for row in rows}) > 1:
            detail = f"{len(rows)} lines may mean it, and they differ in class or split."
            return Told(name, refusal=(Reason.BAD_MANIFEST_LINE, detail))
        return _told(rows[0])

    def elsewhere(self) -> Iterator[Told]:
        """What did not come, but has an address."""
        for row in self._rows.execute(ELSEWHERE):
            yield _told(row)

    def _namesakes(self, name: str) -> list[tuple[str, ...]]:
        """The lines that mean a file: of those that name it the longest, more than one if equal.

        A line's name may have fewer folders than the file's, or more.
        """
        key = _key(name)
        if not key:
            return []
        parts = key.split("/")[:-1]
        for count in range(len(parts), 0, -1):
            shorter = "/".join(parts[:count]) + "/"
            if found := self._rows.execute(BETWEEN, (shorter, shorter)).fetchall():
                return found
        return self._rows.execute(BETWEEN, (key, key + AFTER)).fetchall()


def _key(name: str) -> str:
    """A name from its end to its beginning, so that names of equal ends lie together."""
    parts = _storable(name).replace("\\", "/").split("/")
    kept = [part for part in parts if part not in ("", ".")]
    return "".join(f"{part}/" for part in reversed(kept))


def _storable(text: str) -> str:
    return text[-LONGEST_NAME:].encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _metadata(told: Told) -> str:
    """As JSON that PostgreSQL can keep. Raises ValueError."""
    try:
        text = json.dumps(dict(told.metadata), allow_nan=False)
        json.dumps(dict(told.metadata), ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        raise ValueError("its metadata cannot be kept as JSON") from None
    if "\\u0000" in text:
        raise ValueError("its metadata has NUL characters in it")
    if len(text) > MOST_METADATA_BYTES:
        most = MOST_METADATA_BYTES // 1024
        raise ValueError(f"an image's metadata may take {most} KiB at most")
    return text


def _told(row: Iterable[str]) -> Told:
    _, file, annotation_class, split, metadata, url, reason, detail = row
    return Told(
        file=file,
        annotation_class=annotation_class,
        split=split,
        metadata=json.loads(metadata),
        url=url,
        refusal=(Reason(reason), detail) if reason else None,
    )
