"""Large files in Django's default storage: kept once, read in pieces from any place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage

CHUNK = 1024 * 1024


class _Movable(File):  # type: ignore[type-arg]
    """A local file that a storage on the same disk takes as it is, without copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def file_keep(path: Path, key: str) -> None:
    """Move a local file into storage, where its content is not there under that key already."""
    if default_storage.exists(key):
        return
    with path.open("rb") as file:
        stored_as = default_storage.save(key, _Movable(file, str(path)))
    if stored_as != key:
        # Another process stored the same content a moment earlier; theirs is as good.
        default_storage.delete(stored_as)


def file_sha256(path: Path) -> str:
    """Of a local file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_chunks(key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` to before `stop`, a piece at a time. Raises FileNotFoundError."""
    file: Any = default_storage.open(key, "rb")
    with file:
        remote = getattr(file, "obj", None)  # of S3: read as a file, it would be fetched whole
        if remote is not None:
            last = "" if stop is None else stop - 1
            yield from remote.get(Range=f"bytes={start}-{last}")["Body"].iter_chunks(CHUNK)
            return
        file.seek(start)
        left = stop - start if stop is not None else None
        while chunk := file.read(CHUNK if left is None else min(CHUNK, left)):
            if left is not None:
                left -= len(chunk)
            yield chunk
