"""Files that appear whole or not at all, and what is said where there is no room for them."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""The disk is full, or the account's share of it is, or the file is larger than it may be."""


class DiskFullError(RuntimeError):
    """There is no room for a file; the message names its folder and the space that is left."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` at the end; after an error nothing is left of it.

    Raises `DiskFullError` where there is no room.
    """
    scratch = path.with_suffix(f".{os.getpid()}.part")
    with full_disk_named(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield scratch
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Turn what a full disk makes the system and safetensors raise into `DiskFullError`."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        number = _error_number(error)
        if number not in NO_ROOM:
            raise
        raise DiskFullError(
            f"There is no room for another file in {folder}: {os.strerror(number).lower()}, "
            f"{_free(folder)} left. Free some space, then retry; the job goes on where it was."
        ) from error


def _error_number(error: OSError | SafetensorError) -> int:
    if isinstance(error, OSError):
        return error.errno or 0
    # Safetensors passes the system's error on as text only.
    found = re.search(r"os error (\d+)", str(error))
    return int(found[1]) if found else 0


def _free(folder: Path) -> str:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return f"{shutil.disk_usage(there).free / 2**20:,.0f} MB"
