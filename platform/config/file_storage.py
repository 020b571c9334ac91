"""Files on a disk, each there whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

PARTIAL = ".partial-"
"""How a file's name begins until its last byte is written."""


class WholeFileSystemStorage(FileSystemStorage):
    """Writes beside the place and renames, so that nobody ever reads or keeps half a file.

    Of two that write one name at the same moment the later stands; where names follow
    from content, as those of images do, both wrote the same.
    """

    def _save(self, name: str, content: File[Any]) -> str:
        path = Path(self.path(name))
        descriptor, partial = _partial_file(path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write(content, file, partial)
            partial.chmod(self.file_permissions_mode or 0o644)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return name


def _partial_file(folder: Path) -> tuple[int, Path]:
    """A new file in this folder, which is made where there is none: its descriptor and path."""
    try:
        descriptor, path = mkstemp(dir=folder, prefix=PARTIAL)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, path = mkstemp(dir=folder, prefix=PARTIAL)
    return descriptor, Path(path)


def _write(content: File[Any], file: BinaryIO, path: Path) -> None:
    """A local file that may be given away is moved; anything else is copied in pieces."""
    if hasattr(content, "temporary_file_path"):
        shutil.move(content.temporary_file_path(), path)
        return
    for chunk in content.chunks():
        file.write(chunk)
