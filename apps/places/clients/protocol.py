"""What a client of a place can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

LONGEST_KEY = 1024
"""Bytes, as in S3."""
IMAGE_SUFFIXES = {
    "", ".bmp", ".gif", ".jpe", ".jpeg", ".jfif", ".jpg", ".png", ".tif", ".tiff", ".webp",
}  # fmt: skip
"""How keys end that are worth reading; many stores name images by their hashes alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a place. Another `version` means other bytes; `size` is in bytes."""

    key: str
    version: str
    size: int

    @property
    def may_be_image(self) -> bool:
        """By its name. What the bytes are is judged when they are read."""
        is_file = bool(self.key) and not self.key.endswith("/")
        return is_file and PurePosixPath(self.key).suffix.lower() in IMAGE_SUFFIXES


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the listing that leaves nothing out: up to `last`, or to the end if None."""

    entries: list[Entry]
    last: str | None


class PlaceClient(Protocol):
    """Reads one place; any number of threads may. All its errors are `PlaceError`."""

    def pages(self, after: str = "") -> Iterator[Page]:
        """What lies behind the key `after`, in the order of the keys' bytes; one page at least.

        Keys that no database could keep (NUL characters, over 1,024 bytes) are left out.
        """
        ...

    def read(self, key: str, most_bytes: int) -> bytes:
        """What lies under a key now; what has more bytes is an error."""
        ...

    def abandon(self) -> None:
        """Called by another thread: end what is under way."""
        ...

    def close(self) -> None:
        """Let go of what is kept open."""
        ...


def is_keepable(key: str) -> bool:
    """Whether a key can be kept and asked for again."""
    try:
        return 0 < len(key.encode()) <= LONGEST_KEY and "\x00" not in key
    except UnicodeEncodeError:
        return False
