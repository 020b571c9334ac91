"""Tables of files: CSV, JSON lines and Parquet, a row at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from apps.imports.layouts.told import ManifestError

MOST_LINE_BYTES = 1024 * 1024
DELIMITERS = ",;\t"
Row = tuple[int, Mapping[str, Any] | str]
"""A line's number and what it says, or what is wrong with it."""


def table_rows(file: BinaryIO, name: str) -> Iterator[Row]:
    """The rows of a table, by its name's ending. Raises ManifestError."""
    file.seek(0)
    if name.lower().endswith((".jsonl", ".ndjson")):
        return _json_rows(file, name)
    return _csv_rows(file, name)


def table_columns(file: BinaryIO, name: str) -> frozenset[str]:
    """The columns of a table's first row; none where it has none."""
    try:
        for _, row in table_rows(file, name):
            return frozenset(row if isinstance(row, Mapping) else ())
    except ManifestError:
        pass
    return frozenset()


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) > MOST_LINE_BYTES:
            raise ManifestError(
                f"{name}, line {number}: it is longer than {MOST_LINE_BYTES // 1024**2} MiB."
            )
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise ManifestError(
                f"{name}, line {number}: this is no UTF-8 text; save the file as UTF-8."
            ) from None
        if "\x00" in text:
            raise ManifestError(
                f"{name}, line {number}: there is a NUL character in it; save the file as UTF-8."
            )
        yield text


def _json_rows(file: BinaryIO, name: str) -> Iterator[Row]:
    for number, line in enumerate(_lines(file, name), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "this is no JSON"
            continue
        yield number, row if isinstance(row, dict) else "this is no JSON object"


def _csv_rows(file: BinaryIO, name: str) -> Iterator[Row]:
    lines = _lines(file, name)
    header = next(lines, "")
    if not header.strip():
        raise ManifestError(f"{name} is empty; its first line must name its columns.")
    delimiter = max(DELIMITERS, key=header.count)
    columns = [column.strip() for column in next(csv.reader([header], delimiter=delimiter), [])]
    if len(set(columns)) < len(columns):
        raise ManifestError(f"{name}: two columns have the same name; rename one.")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            line = reader.line_num + 1
            if len(cells) > len(columns):
                yield line, f"it has {len(cells)} cells for {len(columns)} columns"
            elif any(cells):
                yield (
                    line,
                    {
                        column: cell.strip()
                        for column, cell in zip(columns, cells, strict=False)
                        if cell.strip()
                    },
                )
    except csv.Error as error:
        raise ManifestError(
            f"{name}, line {reader.line_num + 1}: this is no CSV: {error}."
        ) from None
