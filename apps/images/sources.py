"""Files on their way in: where they come from and what is said about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from apps.images.refusals import Reason, Refuse
from apps.places.models import Place

MOST_FILE_BYTES = 128 * 1024 * 1024
"""A single image may be this large, packed or not; it is held in memory while it is decoded."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an image's bytes are to stay."""

    place: Place
    key: str


@dataclass(frozen=True, slots=True)
class Source:
    """One image file. `file` is its bytes, or a file to read them from when its turn comes.

    With a `reference`, only a thumbnail of it is stored here.
    """

    name: str
    file: bytes | BinaryIO | Path
    annotation_class: str | None = None
    split: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reference: Reference | None = None

    def read(self) -> bytes:
        """The bytes. Raises `Refuse` where they cannot be read or are too many."""
        if isinstance(self.file, bytes):
            content = self.file
        elif isinstance(self.file, Path):
            content = _path_read(self.file)
        else:
            content = self.file.read(MOST_FILE_BYTES + 1)
        if len(content) > MOST_FILE_BYTES:
            raise too_large()
        return content


def _path_read(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise Refuse(Reason.UNREADABLE, f"The file cannot be read: {error.strerror}.") from None


def too_large() -> Refuse:
    """The refusal of a file that is larger than any image may be."""
    return Refuse(Reason.TOO_LARGE, f"The file is larger than {MOST_FILE_BYTES // 1024**2} MiB.")


def folder_class(path: str, class_names: Collection[str]) -> str | None:
    """The class that a path tells: its innermost folder that is a class's name.

    Where no folder is one, the innermost folder's name, which is then refused as
    unknown; None for a file in no folder.
    """
    folders = path.split("/")[:-1]
    named = [folder for folder in folders if folder in class_names]
    if named:
        return named[-1]
    return folders[-1] if folders else None
