"""Files on a disk, each there whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

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
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=PARTIAL, delete=False) as partial:
            partial_path = Path(partial.name)
            try:
                _write(content, partial_path)
                partial_path.chmod(self.file_permissions_mode or 0o644)
                partial_path.replace(path)
            except BaseException:
                partial_path.unlink(missing_ok=True)
                raise
        return name


def _write(content: File[Any], path: Path) -> None:
    """A local file that may be given away is moved; anything else is copied in pieces."""
    if hasattr(content, "temporary_file_path"):
        shutil.move(content.temporary_file_path(), path)
        return
    with path.open("wb") as file:
        for chunk in content.chunks():
            file.write(chunk)
