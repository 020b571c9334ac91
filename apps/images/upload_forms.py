"""What an upload says about its files: their classes, split and metadata, read and checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from apps.images.archives import file_sources
from apps.images.models import Image
from apps.images.refusals import Refused
from apps.images.sources import Source, folder_class

FOLDERS = "folders"
MOST_METADATA_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A checked upload, ready to be ingested."""

    files: Sequence[UploadedFile[bytes]]
    classes: list[str | None] | dict[str, str] | None
    class_names: frozenset[str]
    by_folder: bool
    split: str | None
    metadata: list[dict[str, Any]]

    def sources(self) -> Iterator[Source | Refused]:
        """Each image of each file, archives read member by member."""
        for index, file in enumerate(self.files):
            name = file.name or f"file {index + 1}"
            for source in file_sources(name, cast("BinaryIO", file)):
                if isinstance(source, Refused):
                    yield source
                else:
                    yield replace(
                        source,
                        annotation_class=self._class(index, source.name),
                        metadata=self.metadata[index],
                    )

    def _class(self, index: int, name: str) -> str | None:
        if self.by_folder:
            return folder_class(name, self.class_names)
        if isinstance(self.classes, dict):
            return self.classes.get(name)
        return self.classes[index] if self.classes else None


def upload_read(
    files: Sequence[UploadedFile[bytes]], fields: Mapping[str, str], class_names: Sequence[str]
) -> Upload:
    """Check what was sent. Raises ValidationError, by field.

    `classes` is a JSON list as long as `files`, a JSON object from name (in an
    archive: path) to class, or the word `folders`: then the innermost folder that
    is named as a class tells it. `metadata` is a JSON object for all files or a
    list of objects as long as `files`.
    """
    if not files:
        raise ValidationError({"files": "Send 1 to 1,000 images, or an archive, as `files`."})
    split = fields.get("split") or None
    if split and split not in Image.Split.values:
        choices = ", ".join(Image.Split.values)
        raise ValidationError({"split": f"There is no split {split!r}; choose one of {choices}."})
    told = fields.get("classes") or ""
    by_folder = told.strip() == FOLDERS
    return Upload(
        files=files,
        classes=None if by_folder else _classes(told, len(files)),
        class_names=frozenset(class_names),
        by_folder=by_folder,
        split=split,
        metadata=_metadata(fields.get("metadata") or "{}", len(files)),
    )


def _classes(text: str, count: int) -> list[str | None] | dict[str, str] | None:
    if not text:
        return None
    value = json_read("classes", text)
    if isinstance(value, dict):
        if all(isinstance(name, str) for name in value.values()):
            return value
    elif isinstance(value, list) and all(name is None or isinstance(name, str) for name in value):
        _length_check("classes", len(value), count)
        return value
    raise ValidationError(
        {
            "classes": "Send a JSON list of class names beside `files`, a JSON object from file"
            " name to class name, or the word folders."
        }
    )


def _metadata(text: str, count: int) -> list[dict[str, Any]]:
    value = json_read("metadata", text)
    entries = value if isinstance(value, list) else [value] * count
    if not all(isinstance(entry, dict) for entry in entries):
        raise ValidationError(
            {"metadata": "Send a JSON object for all files, or a list of one object a file."}
        )
    _length_check("metadata", len(entries), count)
    if any(len(json.dumps(entry)) > MOST_METADATA_BYTES for entry in entries):
        raise ValidationError(
            {"metadata": f"An image's metadata may take {MOST_METADATA_BYTES // 1024} KiB at most."}
        )
    return entries


def _length_check(field: str, length: int, count: int) -> None:
    if length != count:
        raise ValidationError(
            {field: f"The list has {length} entries for {count} files; it must have one for each."}
        )


def json_read(field: str, text: str) -> Any:
    """JSON that PostgreSQL can keep: no NaN, no NUL, no half characters. Raises ValidationError."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
        clean = "\\u0000" not in json.dumps(value)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        clean = False
    if not clean:
        raise ValidationError({field: "This is no JSON that can be kept; send valid JSON."})
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)
