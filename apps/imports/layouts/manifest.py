"""A table that names files: `file`, and perhaps `class` and `split`; the rest is metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from apps.images.refusals import Reason
from apps.imports.layouts.tables import table_columns, table_rows
from apps.imports.layouts.told import ManifestError, Told, split_read

FILE = ("file", "file_name", "filename", "path", "image", "name")
CLASS = ("class", "label", "annotation_class", "category")
SPLIT = ("split", "subset")
METADATA = "metadata"
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson")


def is_manifest(name: str, file: BinaryIO) -> bool:
    """Whether a file is a table with a column of files."""
    return name.lower().endswith(ENDINGS) and _column(table_columns(file, name), FILE) is not None


def manifest_read(name: str, file: BinaryIO) -> Iterator[Told]:
    """What a table says of each file. Raises ManifestError.

    A line that cannot be followed refuses its file, or itself where it names none.
    """
    named = 0
    for line, row in table_rows(file, name):
        where = f"{name}, line {line}"
        if isinstance(row, str):
            yield _bad("", where, row)
            continue
        column = _column(row, FILE)
        told = str(row[column]) if column else ""
        if not told:
            if not named:
                raise ManifestError(
                    f"{where}: no column names the file; call it file (or {', '.join(FILE[1:])})."
                )
            yield _bad("", where, "it names no file")
            continue
        named += 1
        try:
            yield _told(told, row)
        except ValueError as error:
            yield _bad(told, where, str(error))


def _told(file: str, row: Mapping[str, Any]) -> Told:
    class_column, split_column = _column(row, CLASS), _column(row, SPLIT)
    own = {_column(row, FILE), class_column, split_column, METADATA}
    told = row.get(METADATA) or {}
    if isinstance(told, str):
        told = json.loads(told)
    if not isinstance(told, dict):
        raise ValueError("metadata must be a JSON object")
    return Told(
        file=file,
        annotation_class=_text(row.get(class_column or ""), "class"),
        split=split_read(_text(row.get(split_column or ""), "split")),
        metadata={**told, **{name: value for name, value in row.items() if name not in own}},
    )


def _text(value: Any, what: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        raise ValueError(f"its {what} is no text")
    return str(value)


def _column(row: Mapping[str, Any] | frozenset[str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in row), None)


def _bad(file: str, where: str, what: str) -> Told:
    return Told(file=file, refusal=(Reason.BAD_MANIFEST_LINE, f"{where}: {what}."))
