"""Where the embedded services keep their data, sockets and locks, told from `ASSAY_HOME` alone.

So every process finds the services without asking the one that started them.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.core.exceptions import ImproperlyConfigured

ROOTS_DATA = Path("/var/lib/assay")
"""Root's PostgreSQL runs as a user of its own, for whom a closed home must not be opened."""
LONGEST_SOCKET_FOLDER = 80
"""Unix socket paths end at ~104 bytes; this leaves room for the file's name."""
LEAST_FREE_BYTES = 200_000_000
PRIVATE_FOLDERS = ("engine", "locks", "log", "media", "valkey")


def prepare(home: Path) -> None:
    """Make `home` and its folders, closed to other users; raises `ImproperlyConfigured`."""
    try:
        if not home.exists():
            home.mkdir(parents=True)
            # Root's database user must be able to pass, and only to pass.
            home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in PRIVATE_FOLDERS:
            (home / name).mkdir(mode=0o700, exist_ok=True)
        if not os.access(home, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ImproperlyConfigured(
            f"ASSAY_HOME is {home}, which cannot be used ({error.strerror}); name a folder that you"
            " may write to: ASSAY_HOME=…"
        ) from None


def require_space(home: Path) -> None:
    """Raise `ImproperlyConfigured` where the disk is all but full."""
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise ImproperlyConfigured(
            f"The disk of {home} is full: {free // 1_000_000} MB are free and Assay needs"
            f" {LEAST_FREE_BYTES // 1_000_000} MB to start; free some space or name another folder:"
            " ASSAY_HOME=…"
        )


def name(home: Path) -> str:
    """A short name for `home` that no other home has."""
    return hashlib.sha256(str(home).encode()).hexdigest()[:12]


def postgres_folder(home: Path) -> Path:
    """PostgreSQL's data: under `home`; apart where we are root and its user cannot enter `home`.

    Data that exist are never left behind, whatever became of the home's mode.
    """
    inside, apart = home / "postgres", ROOTS_DATA / name(home) / "postgres"
    if os.geteuid() != 0 or inside.exists():
        return inside
    return apart if apart.exists() or not can_be_entered(home) else inside


def can_be_entered(folder: Path) -> bool:
    """Whether every user may pass through `folder` and all its parents."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def socket_folder(home: Path) -> Path:
    """Where the sockets lie: beside the data, or in a short folder where that path is too long."""
    folder = postgres_folder(home).parent / "run"
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return Path(tempfile.gettempdir()) / f"assay-{os.geteuid()}-{name(home)}"


def folders(home: Path) -> list[Path]:
    """All that an embedded Assay writes, for those who want to remove it."""
    return [home, ROOTS_DATA / name(home), socket_folder(home)]


@contextlib.contextmanager
def locked(home: Path, lock: str, *, shared: bool = False, wait: bool = True) -> Iterator[IO[str]]:
    """Hold a lock of this home; its file can be written to. Raises BlockingIOError without `wait`.

    The kernel drops the lock with its process, so no stale one can be left.
    """
    with (home / "locks" / lock).open("a+") as file:
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, how if wait else how | fcntl.LOCK_NB)
        yield file
