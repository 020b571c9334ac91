"""Lists of addresses as people send them: JSON, JSON lines, CSV, or one address a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from apps.images.models import Image
from apps.images.upload_forms import MOST_METADATA_BYTES, json_read

MOST_URLS = 100_000
MOST_LIST_BYTES = 32 * 1024 * 1024
LONGEST_CLASS = 80
OWN_COLUMNS = {"url", "class", "split", "metadata"}
"""What a line may say by name; whatever else it says is kept as metadata."""


@dataclass(frozen=True, slots=True)
class UrlLine:
    """One address and what is said about its image. `position` is its line, from 1."""

    position: int
    url: str
    annotation_class: str = ""
    split: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


def url_list_read(content: bytes, kind: str, defaults: Mapping[str, str]) -> list[UrlLine]:
    """The lines of a list. Raises ValidationError that names the first line that is wrong.

    `kind` is json, jsonl, csv or text; `defaults` may have a `class` and a `split` for lines
    that name none. An address is not judged here: a wrong one is refused by itself, later.
    """
    if len(content) > MOST_LIST_BYTES:
        raise _wrong(f"The list is larger than {MOST_LIST_BYTES // 1024**2} MiB; send it in parts.")
    rows = {"json": _json_rows, "jsonl": _jsonl_rows, "csv": _csv_rows, "text": _text_rows}[kind]
    lines: list[UrlLine] = []
    for position, row in rows(_text(content)):
        if len(lines) == MOST_URLS:
            raise _wrong(f"The list has more than {MOST_URLS:,} addresses; send it in parts.")
        lines.append(_line(position, row, defaults))
    if not lines:
        raise _wrong("The list is empty; send at least one address.")
    return lines


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong("The list is no UTF-8 text; save it as UTF-8.") from None
    if "\x00" in text:
        raise _wrong("The list has NUL characters in it; save it as UTF-8 text.")
    return text


Rows = Iterator[tuple[int, Mapping[str, Any]]]


def _text_rows(text: str) -> Rows:
    for position, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield position, {"url": line.strip()}


def _csv_rows(text: str) -> Rows:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if "url" not in (reader.fieldnames or ()):
            raise _wrong("The first line of a CSV names its columns; one of them must be url.")
        for row in reader:
            if None in row:
                raise _wrong(f"Line {reader.line_num} has more cells than there are columns.")
            yield reader.line_num, {name: cell for name, cell in row.items() if cell}
    except csv.Error as error:
        raise _wrong(f"Line {reader.line_num} is no CSV: {error}.") from None


def _jsonl_rows(text: str) -> Rows:
    # Not splitlines: JSON strings may have other line separators in them.
    for position, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield position, _object(json_read("urls", line), position)


def _json_rows(text: str) -> Rows:
    value = json_read("urls", text)
    if not isinstance(value, list):
        raise _wrong("Send a JSON list of addresses, or of objects that have a url.")
    for position, entry in enumerate(value, 1):
        yield position, _object(entry, position)


def _object(entry: Any, position: int) -> Mapping[str, Any]:
    if isinstance(entry, str):
        return {"url": entry}
    if isinstance(entry, dict):
        return entry
    raise _wrong(f"Line {position} is neither an address nor an object that has a url.")


def _line(position: int, row: Mapping[str, Any], defaults: Mapping[str, str]) -> UrlLine:
    url = row.get("url")
    if not isinstance(url, str) or not url:
        raise _wrong(f"Line {position} has no url.")
    return UrlLine(
        position=position,
        url=url,
        annotation_class=_class(position, row.get("class") or defaults.get("class") or ""),
        split=_split(position, row.get("split") or defaults.get("split") or ""),
        metadata=_metadata(position, row),
    )


def _class(position: int, name: Any) -> str:
    if not isinstance(name, str) or len(name) > LONGEST_CLASS or "\x00" in name:
        raise _wrong(
            f"Line {position}: a class is a text of at most {LONGEST_CLASS} characters.", "class"
        )
    return name


def _split(position: int, split: Any) -> str:
    if split and split not in Image.Split.values:
        choices = ", ".join(Image.Split.values)
        raise _wrong(
            f"Line {position}: there is no split {split!r}; choose one of {choices}.", "split"
        )
    return str(split)


def _metadata(position: int, row: Mapping[str, Any]) -> dict[str, Any]:
    told = row.get("metadata") or {}
    if not isinstance(told, dict):
        raise _wrong(f"Line {position}: metadata must be a JSON object.", "metadata")
    other = {name: value for name, value in row.items() if name not in OWN_COLUMNS}
    metadata = {**told, **other}
    if len(json.dumps(metadata)) > MOST_METADATA_BYTES:
        raise _wrong(
            f"Line {position}: an image's metadata may take {MOST_METADATA_BYTES // 1024} KiB at"
            " most.",
            "metadata",
        )
    return metadata


def _wrong(sentence: str, name: str = "urls") -> ValidationError:
    return ValidationError({name: sentence})
