"""Tables: one line an image, with what is known of it but without the picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from apps.datasets.formats import folders
from apps.datasets.formats.members import Format, Member, Place
from apps.datasets.manifest import Entry
from apps.datasets.material import Material

COLUMNS = [
    "file", "sha256", "class", "class_index", "origin", "split", "basis", "method", "agreement",
    "reviews", "lineage", "format", "width", "height",
]  # fmt: skip
CSV, JSONL = "images.csv", "images.jsonl"


def row_of(entry: Entry, classes: Mapping[str, int], file: str) -> dict[str, Any]:
    """What is told of an image; `file` is where it lies in the export."""
    return {
        "file": file,
        "sha256": entry.sha256,
        "class": entry.annotation_class,
        "class_index": classes[entry.annotation_class],
        "origin": entry.origin,
        "split": entry.split,
        "basis": entry.basis,
        "method": entry.method,
        "agreement": entry.agreement,
        "reviews": list(entry.reviews),
        "lineage": entry.lineage,
        "format": entry.format,
        "width": entry.width,
        "height": entry.height,
    }


def table_write(material: Material, table: str, place: Place, file: BinaryIO) -> None:
    """Write the lines of an export's images, as the table's name says: CSV or JSON lines."""
    classes = material.classes
    line = _csv_line if table == CSV else _json_line
    if table == CSV:
        file.write(_csv_line({name: name for name in COLUMNS}))
    for entry in material.entries():
        file.write(line(row_of(entry, classes, place(entry))))


def _json_line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _csv_line(row: dict[str, Any]) -> bytes:
    text = io.StringIO()
    reviews = row["reviews"]
    joined = {"reviews": " ".join(reviews) if isinstance(reviews, list) else reviews}
    csv.writer(text, lineterminator="\n").writerow({**row, **joined}.values())
    return text.getvalue().encode()


def _no_pictures(material: Material) -> Iterator[Member]:
    material.tally.add(material.tally.total)
    return iter(())


_NAMED = "Names are those of the files in an export of image folders."
CSV_TABLE = Format(
    about=f"A table without the pictures. {_NAMED}",
    place=folders.places,
    members=_no_pictures,
    table=CSV,
    how_to_load="""\
import pandas
table = pandas.read_csv("{folder}/images.csv")""",
)
JSONL_TABLE = Format(
    about=f"A line an image without the pictures. {_NAMED}",
    place=folders.places,
    members=_no_pictures,
    how_to_load="""\
import pandas
table = pandas.read_json("{folder}/images.jsonl", lines=True)""",
)
