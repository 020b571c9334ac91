"""Where uploaded files lie until they are taken in: under `UPLOAD_ROOT`, by our own names only."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from apps.accounts.errors import Conflict
from apps.imports.models import Import, Upload


class UploadBusyError(Conflict):
    """Another request is writing this very file."""

    status_code = 423
    default_code = "locked"
    default_detail = "Another request is sending this file. Wait until it ends, then go on."


def import_folder(owner: Import) -> Path:
    """The folder of an import's files."""
    root: Path = settings.UPLOAD_ROOT
    return root / str(owner.pk)


def upload_path(upload: Upload) -> Path:
    """The file that an upload's bytes are in; it is there from the first byte on."""
    return import_folder(upload.owner) / upload.pk.hex


def room_left() -> int:
    """Bytes that are free where uploads lie."""
    root: Path = settings.UPLOAD_ROOT
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free


@contextmanager
def upload_open(upload: Upload) -> Iterator[BinaryIO]:
    """The file to be written on, by one request at a time. Raises `UploadBusyError`."""
    path = upload_path(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusyError from None
        yield file


def upload_keep(upload: Upload, path: Path) -> None:
    """Take over a file that has arrived whole."""
    kept = upload_path(upload)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, kept)


def upload_forget(upload: Upload) -> None:
    """Take one file away."""
    upload_path(upload).unlink(missing_ok=True)


def import_forget(owner: Import) -> None:
    """Take all files of an import away."""
    shutil.rmtree(import_folder(owner), ignore_errors=True)
