"""What an export is made of: the version's lines that pass its filters, and their pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, tee
from pathlib import Path

from apps.datasets.manifest import Entry, ManifestError, entry_of, manifest_lines
from apps.datasets.marks import synthetic_mark
from apps.datasets.models import DatasetVersion
from apps.datasets.selection import Selection
from apps.datasets.storage import CHUNK, file_chunks, file_sha256
from apps.images.contents import ContentLostError, image_bytes
from apps.images.models import Image
from apps.images.parallel import in_order
from apps.images.storage import SUFFIXES
from apps.projects.models import Project
from ml_engine.config import EngineEvent, OnEvent, ShouldStop, StopRequestedError

READERS = 8
"""Pictures read at once: what waits for a network is many, on a disk they do no harm."""
LOOKED_UP = 1000
"""Images whose rows are asked for at once."""


Picture = Callable[[], bytes]
"""Gives a picture's bytes."""


class ImageLostError(LookupError):
    """An image of a version that is not in the project or in storage any more."""


@dataclass(slots=True)
class Tally:
    """How many of the images are done; where a job hears that it should stop."""

    total: int
    on_event: OnEvent
    should_stop: ShouldStop
    done: int = 0

    def add(self, images: int = 1) -> None:
        """So many more are done. Raises StopRequestedError."""
        if self.should_stop():
            raise StopRequestedError
        self.done += images
        message = f"{self.done:,} of {self.total:,} images"
        self.on_event(EngineEvent("progress", self.done, self.total, {}, message))


@dataclass(frozen=True, slots=True)
class Material:
    """One version, filtered."""

    version: DatasetVersion
    selection: Selection
    tally: Tally
    manifest: Path
    """A local copy, for it is read many times."""

    @property
    def project(self) -> Project:
        """The project whose version it is."""
        return self.version.project

    @property
    def classes(self) -> dict[str, int]:
        """The project's annotation classes at that time, in order, with their positions."""
        names, _ = self._lines()
        return {name: position for position, name in enumerate(names)}

    def entries(self, split: str = "") -> Iterator[Entry]:
        """The lines that pass, of one split or all, in the order of the images' hashes."""
        # No text in JSON has plain quotes within: what is found is the field.
        mark = f'"split":"{split}'.encode()
        _, lines = self._lines()
        for line in lines:
            if mark in line and self.selection.passes(entry := entry_of(line)):
                yield entry

    def _lines(self) -> tuple[list[str], Iterator[bytes]]:
        return manifest_lines(_chunks(self.manifest))

    def pictures(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Picture]]:
        """Each line with what gives the bytes that leave.

        From the first picture that is asked for, those behind it are read ahead, a few at a
        time; whoever asks for one asks for all that follow.
        """
        here, ahead = tee(self._located(entries))
        read: Iterator[bytes] | None = None

        def picture() -> bytes:
            """Raises `ImageLostError`, StopRequestedError and `MarkError`."""
            nonlocal read
            self.tally.add()
            if read is None:
                read = in_order(self._read, ahead, lambda located: located[0].bytes, READERS)
            return next(read)

        for entry, _ in here:
            yield entry, picture
            if read is None:
                next(ahead)

    def _located(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Image]]:
        remaining = iter(entries)
        while page := list(islice(remaining, LOOKED_UP)):
            images = {
                image.sha256: image
                for image in Image.objects.filter(
                    project=self.project, sha256__in=[entry.sha256 for entry in page]
                ).select_related("place")
            }
            for entry in page:
                if entry.sha256 not in images:
                    raise self._lost(entry, "It is not in the project any more.")
                yield entry, images[entry.sha256]

    def _read(self, located: tuple[Entry, Image]) -> bytes:
        """The version's bytes, a synthetic image's with its mark. Runs in threads."""
        entry, image = located
        try:
            content = image_bytes(image)
        except ContentLostError as error:
            raise self._lost(entry, str(error)) from None
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise self._lost(entry, "Other bytes are stored in its place.")
        if entry.origin == Image.Origin.SYNTHETIC:
            return synthetic_mark(content, entry.lineage)
        return content

    def _lost(self, entry: Entry, why: str) -> ImageLostError:
        return ImageLostError(
            f"Image {entry.sha256} of {self.version} cannot be exported as it was. {why} If it"
            " cannot be restored, freeze and export a new version."
        )


def manifest_fetch(version: DatasetVersion, path: Path) -> None:
    """Copy a version's manifest to the local disk, unless it is there.

    Raises `ManifestError` where storage has another one, and FileNotFoundError.
    """
    if path.exists() and file_sha256(path) == version.sha256:
        return
    with path.open("wb") as copy:
        for chunk in file_chunks(version.manifest_key):
            copy.write(chunk)
    if file_sha256(path) != version.sha256:
        raise ManifestError(f"The manifest of {version} is damaged; restore it from a backup.")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def picture_name(entry: Entry) -> str:
    """An image's file name: its hash, so that a name is never chosen by an uploader."""
    return f"{entry.sha256}.{SUFFIXES.get(entry.format, entry.format)}"
