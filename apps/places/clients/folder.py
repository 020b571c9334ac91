"""Folders of the server, below those that its operator has opened by IMPORT_FOLDERS.

Every part of a path is opened by itself and never through a symbolic link, so that whoever
may write into a folder cannot lead a reader out of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath

from django.conf import settings

from apps.places.clients.protocol import Entry, Page, is_keepable
from apps.places.errors import PlaceError

PAGE_KEYS = 1000
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
"""Without waiting: a pipe must not hold its reader."""
DEEPEST = 100


def folder_check(folder: str) -> Path:
    """The opened folder that this one is in. Raises `PlaceError` where it is in none."""
    path = Path(folder)
    if not path.is_absolute() or ".." in path.parts or "\x00" in folder:
        raise PlaceError("Write the folder as an absolute path, without `..`.")
    for opened in settings.IMPORT_FOLDERS:
        if path.is_relative_to(opened):
            return Path(opened)
    permitted = ", ".join(str(opened) for opened in settings.IMPORT_FOLDERS)
    raise PlaceError(
        f"Folders are read below {permitted} only."
        if permitted
        else "No folder of the server is open to imports; its operator names them by"
        " IMPORT_FOLDERS."
    )


class FolderClient:
    """The files of a folder and of those in it; hidden ones are not looked at."""

    def __init__(self, folder: str, *, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix
        self._is_over = False

    def pages(self, after: str = "") -> Iterator[Page]:
        """Up to 1,000 files at a time, named by their paths below the folder."""
        with self._root() as root:
            found = self._walk(root, "", after, 0)
            entries = list(islice(found, PAGE_KEYS))
            while len(entries) == PAGE_KEYS:
                yield Page(entries, entries[-1].key)
                entries = list(islice(found, PAGE_KEYS))
        yield Page(entries, None)

    def read(self, key: str, most_bytes: int) -> bytes:
        """What the file holds now."""
        *folders, name = _parts(key)
        with self._root() as root, _told(key):
            with _below(root, folders) as folder:
                number = os.open(name, FILE, dir_fd=folder)
            with os.fdopen(number, "rb") as file:
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise PlaceError(f"{key} is no plain file.")
                content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise PlaceError(f"{key} is larger than it was or than an image may be.")
        return content

    def abandon(self) -> None:
        """End a walk that is under way."""
        self._is_over = True

    def close(self) -> None:
        """Nothing is kept open."""

    @contextmanager
    def _root(self) -> Iterator[int]:
        opened = folder_check(self._folder)
        parts = Path(self._folder).relative_to(opened).parts
        with _told(self._folder):
            number = os.open(opened, DIRECTORY)
            try:
                with _below(number, parts) as root:
                    yield root
            finally:
                os.close(number)

    def _walk(self, folder: int, path: str, after: str, depth: int) -> Iterator[Entry]:
        """In the order of whole paths, for which a folder's name ends with its slash."""
        with os.scandir(folder) as listing:
            found = sorted(
                (f"{path}{entry.name}{'/' if entry.is_dir(follow_symlinks=False) else ''}", entry)
                for entry in listing
                if not entry.name.startswith(".") and not entry.is_symlink()
            )
        for key, entry in found:
            if self._is_over:
                raise PlaceError("The listing was given up.", transient=True)
            if key.endswith("/"):
                is_wanted = key.startswith(self._prefix) or self._prefix.startswith(key)
                is_passed = key < after and not after.startswith(key)
                if is_wanted and not is_passed and depth < DEEPEST:
                    with _below(folder, [entry.name]) as inner:
                        yield from self._walk(inner, key, after, depth + 1)
            elif key > after and key.startswith(self._prefix) and is_keepable(key):
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode):
                    yield Entry(key, f"{about.st_size} {about.st_mtime_ns}", about.st_size)


def _parts(key: str) -> tuple[str, ...]:
    parts = tuple(key.split("/"))
    if not is_keepable(key) or any(not part or part.startswith(".") for part in parts):
        raise PlaceError(f"{PurePosixPath(key).name} is no file of this place.", is_gone=True)
    return parts


@contextmanager
def _below(folder: int, parts: tuple[str, ...] | list[str]) -> Iterator[int]:
    """The folder at the end of these names, one inside the other."""
    number = os.dup(folder)
    try:
        for part in parts:
            inner = os.open(part, DIRECTORY, dir_fd=number)
            os.close(number)
            number = inner
        yield number
    finally:
        os.close(number)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise PlaceError(f"{name} is not there any more.", is_gone=True) from None
    except (PermissionError, NotADirectoryError):
        raise PlaceError(f"{name} may not be read by this server.") from None
    except OSError as error:
        raise PlaceError(f"{name} cannot be read: {error.strerror}.") from None
