"""Making an export's archive: card, metadata, table, then what the format asks for."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from apps.datasets.card import card_of
from apps.datasets.croissant import croissant_of
from apps.datasets.formats import FORMATS, Member
from apps.datasets.formats.tables import table_write
from apps.datasets.material import Material, Tally, manifest_fetch
from apps.datasets.models import Export
from apps.datasets.summary import summarise
from apps.datasets.zips import ZipBuilder
from ml_engine.config import StopRequestedError

REVISION = 2
"""Raised when the same export would become other bytes; what was half-made before is left."""
LOOK_AGAIN = 0.5
"""Seconds."""
LOCK_SUFFIX, MANIFEST_SUFFIX = ".lock", ".jsonl"
"""Of what lies beside an archive that grows."""


def archive_write(path: Path, export: Export, tally: Tally) -> None:
    """Write the archive, or go on where an earlier attempt was stopped.

    The same version, filters and format make the same bytes, in one attempt or many.
    Raises StopRequestedError, `ManifestError`, `ImageLostError` and `MarkError`.
    """
    manifest = path.with_suffix(MANIFEST_SUFFIX)
    material = Material(export.version, export.filters, tally, manifest)
    with _alone(path, tally.should_stop), ZipBuilder(path) as archive:
        manifest_fetch(export.version, manifest)
        for member in _members(export, material):
            name = f"{export.folder}/{member.name}"
            if archive.has(name):
                tally.add(member.images)
            else:
                archive.add(name, member.write)
        archive.finish()


def archive_forget(path: Path) -> None:
    """Take away what was made on the way, if it is there."""
    for suffix in (path.suffix, MANIFEST_SUFFIX, LOCK_SUFFIX):
        path.with_suffix(suffix).unlink(missing_ok=True)


def _members(export: Export, material: Material) -> Iterator[Member]:
    written_as = FORMATS[export.format]
    summary = summarise(material, written_as)
    card = card_of(export, material, summary)
    croissant = json.dumps(croissant_of(material, written_as, summary), indent=2)
    table = partial(table_write, material, written_as.table, written_as.place(material))
    yield Member("README.md", 0, _text(card))
    yield Member("croissant.json", 0, _text(croissant))
    yield Member(written_as.table, 0, table)
    yield from written_as.members(material)


def _text(text: str) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(text.encode())

    return write


@contextmanager
def _alone(path: Path, should_stop: Callable[[], bool]) -> Iterator[None]:
    """No two attempts write one file: the one that lost its job still ends its last write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(LOCK_SUFFIX).open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if should_stop():
                    raise StopRequestedError from None
                time.sleep(LOOK_AGAIN)
        yield
