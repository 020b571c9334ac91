"""COCO: lists of images, categories and annotations. An image's class is its only category."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, BinaryIO

from apps.images.refusals import Reason
from apps.imports.layouts.json_stream import json_items, top_keys
from apps.imports.layouts.told import ManifestError, Told, split_of_path

LISTS = ("images", "annotations", "categories")
PASSED_OVER = ("segmentation", "bbox", "keypoints", "counts", "segments_info", "caption")
TABLES = """
CREATE TABLE images (id PRIMARY KEY, file TEXT);
CREATE TABLE categories (id PRIMARY KEY, name TEXT);
CREATE TABLE shown (image, category, PRIMARY KEY (image, category)) WITHOUT ROWID;
"""
JOINED = """
SELECT images.file, count(shown.category), group_concat(categories.name, ', '),
       count(categories.name)
FROM images LEFT JOIN shown ON shown.image = images.id
LEFT JOIN categories ON categories.id = shown.category
GROUP BY images.id ORDER BY images.rowid
"""


def is_coco(name: str, file: BinaryIO) -> bool:
    """Whether a file is an object that has COCO's lists."""
    if not name.lower().endswith(".json"):
        return False
    kind, keys = top_keys(file)
    return kind == "object" and bool({"images", "annotations"} & keys)


def coco_read(name: str, file: BinaryIO) -> Iterator[Told]:
    """What it says of each image. Raises ManifestError.

    The lists may stand in any order and be longer than memory: they are joined on disk.
    """
    split = split_of_path(name)
    with closing(sqlite3.connect("")) as joined:
        joined.executescript(TABLES)
        for key, entry in json_items(file, name, LISTS, PASSED_OVER):
            _keep(joined, name, key, entry)
        for file_name, count, names, known in joined.execute(JOINED):
            yield _told(file_name, split, count, names or "", known)


def _keep(joined: sqlite3.Connection, name: str, key: str, entry: dict[str, Any]) -> None:
    match key:
        case "images":
            row = (_id(entry, "id"), entry.get("file_name"))
            statement = "INSERT OR IGNORE INTO images VALUES (?, ?)"
        case "categories":
            row = (_id(entry, "id"), entry.get("name"))
            statement = "INSERT OR IGNORE INTO categories VALUES (?, ?)"
        case _:
            if "category_id" not in entry:  # such as a caption
                return
            row = (_id(entry, "image_id"), _id(entry, "category_id"))
            statement = "INSERT OR IGNORE INTO shown VALUES (?, ?)"
    if None in row or (key != "annotations" and not isinstance(row[1], str)):
        raise ManifestError(
            f"{name} is no COCO: one of its {key} has no"
            f" {'image_id and category_id' if key == 'annotations' else 'id and name'}."
        )
    try:
        joined.execute(statement, row)
    except (sqlite3.Error, UnicodeEncodeError, OverflowError):
        raise ManifestError(f"{name}: one of its {key} cannot be read: {str(row)[:80]}.") from None


def _id(entry: dict[str, Any], key: str) -> Any:
    value = entry.get(key)
    return value if isinstance(value, int | str) else None


def _told(file: str, split: str, count: int, names: str, known: int) -> Told:
    if count > 1:
        return Told(
            file=file,
            refusal=(
                Reason.NO_SINGLE_CLASS,
                f"It shows {count} categories ({names[:120]}); an image has one class here."
                " Leave one in its annotations.",
            ),
        )
    if count and not known:
        return Told(
            file=file,
            refusal=(
                Reason.NO_SINGLE_CLASS,
                "Its annotation has a category that the categories do not list.",
            ),
        )
    return Told(file=file, annotation_class=names, split=split)
