"""How files are laid out for others. A new layout is a file here, and a line.

Readers take a manifest's name and its opened file and yield what is said of each image; they know
no database and open nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from apps.imports.layouts.coco import coco_read, is_coco
from apps.imports.layouts.image_folder import is_metadata, metadata_read
from apps.imports.layouts.label_studio import is_label_studio, label_studio_read
from apps.imports.layouts.manifest import is_manifest, manifest_read
from apps.imports.layouts.told import Told

ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
"""Of files that may be manifests."""
PLAIN, FOLDERS, IMAGE_FOLDER = "plain", "folders", "image_folder"
"""Layouts that need none."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout whose manifests can be told from other files and read."""

    recognises: Callable[[str, BinaryIO], bool]
    read: Callable[[str, BinaryIO], Iterator[Told]]


LAYOUTS = {
    IMAGE_FOLDER: Layout(is_metadata, metadata_read),
    "coco": Layout(is_coco, coco_read),
    "label_studio": Layout(is_label_studio, label_studio_read),
    "manifest": Layout(is_manifest, manifest_read),
}
"""Where several would do, the first is followed."""


def layout_of(name: str, file: BinaryIO) -> str | None:
    """The layout that a file is a manifest of, if it is one."""
    return next((key for key, one in LAYOUTS.items() if one.recognises(name, file)), None)
