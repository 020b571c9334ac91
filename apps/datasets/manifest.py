"""The manifest: what a version is, line by line.

The first line names the annotation classes in the order of their positions; every
other is one image, in the order of the images' hashes. Lines are JSON with keys in
one order and no spaces, so equal content is equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

FORMAT = "assay-manifest/1"
HASH_AT = slice(len('{"sha256":"'), len('{"sha256":"') + 64)
"""Where a line's hash stands, so that lines are put in order without being parsed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One image of a version."""

    sha256: str
    """Of the stored bytes."""
    annotation_class: str
    origin: str
    split: str
    basis: str
    """What the class rests on: `reviews` of people; `given`, it came with the image; or `batch`,
    the class that a generator was asked for, in a batch that people certified by a sample."""
    method: str
    """How the reviews were judged; empty without reviews."""
    agreement: float | None
    """Confidence of that judgement, 0 to 1."""
    reviews: tuple[str, ...]
    """Ids of the reviews behind the class."""
    lineage: str | None
    """Of a synthetic image: its generation run and its sample in it."""
    format: str
    width: int
    height: int
    bytes: int


class ManifestError(ValueError):
    """A manifest that cannot be read."""


def line_of(entry: Entry) -> bytes:
    """An image's line."""
    return _line(asdict(entry))


def entry_of(line: bytes) -> Entry:
    """The image of a line."""
    values = json.loads(line)
    return Entry(**{**values, "reviews": tuple(values["reviews"])})


@dataclass(slots=True)
class Written:
    """What was written into a manifest."""

    sha256: str = ""
    byte_size: int = 0
    image_count: int = 0
    reviewed_count: int = 0
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Images by split, origin and class."""
    batches: Counter[int] = field(default_factory=Counter)
    """Synthetic images by generation run."""


def manifest_write(file: BinaryIO, classes: Sequence[str], entries: Iterable[Entry]) -> Written:
    """Write a manifest of entries that come in the order of their hashes."""
    digest = hashlib.sha256()
    written = Written()

    def put(line: bytes) -> None:
        file.write(line)
        digest.update(line)
        written.byte_size += len(line)

    put(_line({"manifest": FORMAT, "classes": list(classes)}))
    for entry in entries:
        put(line_of(entry))
        written.image_count += 1
        written.reviewed_count += entry.basis == "reviews"
        written.counts[entry.split, entry.origin, entry.annotation_class] += 1
        if entry.lineage:
            written.batches[run_of(entry.lineage)] += 1
    written.sha256 = digest.hexdigest()
    return written


def manifest_lines(chunks: Iterable[bytes]) -> tuple[list[str], Iterator[bytes]]:
    """The classes, and the images' lines. Raises `ManifestError` for anything but a manifest."""
    lines = _lines(chunks)
    try:
        header: dict[str, Any] = json.loads(next(lines, b""))
    except ValueError:
        header = {}
    if header.get("manifest") != FORMAT:
        raise ManifestError("This is no manifest of a dataset version; it may be damaged.")
    return header["classes"], lines


def lineage_id(run: int, sample: int) -> str:
    """The name of a synthetic image's lineage."""
    return f"{run}-{sample}"


def run_of(lineage: str) -> int:
    """The generation run that a lineage's name begins with."""
    return int(lineage.partition("-")[0])


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        raise ManifestError("The manifest ends in the middle of a line; it may be damaged.")
