"""Hugging Face's image folder: folders of splits and classes, and perhaps `metadata.csv`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from apps.imports.layouts.manifest import manifest_read
from apps.imports.layouts.told import SPLITS, Told

METADATA_FILES = ("metadata.csv", "metadata.jsonl")


def is_metadata(name: str, file: BinaryIO) -> bool:
    """Whether a file has the name that `datasets` looks for."""
    return posixpath.basename(name).lower() in METADATA_FILES


def metadata_read(name: str, file: BinaryIO) -> Iterator[Told]:
    """What it says of each file; names are meant from where it lies. Raises ManifestError."""
    folder = posixpath.dirname(name)
    for told in manifest_read(name, file):
        split = told.split or split_of_folder(name)
        path = posixpath.join(folder, told.file) if told.file else ""
        yield replace(told, file=path, split=split)


def split_of_folder(path: str) -> str:
    """The split whose folder a file lies in, the outermost; empty in none."""
    folders = path.lower().split("/")[:-1]
    return next((SPLITS[folder] for folder in folders if folder in SPLITS), "")


def class_of_folder(path: str) -> str:
    """The innermost folder that is not a split's; empty in none."""
    folders = path.split("/")[:-1]
    return next((one for one in reversed(folders) if one.lower() not in SPLITS), "")
