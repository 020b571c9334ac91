"""Files made ready to be stored: what a project takes of them, and the rows that they become."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.images.canonical import CanonicalImage, image_canonicalise
from apps.images.decoding import Limits
from apps.images.models import Image
from apps.images.parallel import in_order
from apps.images.provenance import real_check
from apps.images.refusals import Reason, Refuse, Refused
from apps.images.sources import Source
from apps.images.storage import image_key, thumbnail_key
from apps.projects.models import AnnotationClass, Project

NAME_LENGTH = Image._meta.get_field("name").max_length or 255


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image whose bytes and row are ready, but not written."""

    canonical: CanonicalImage
    row: Image


@dataclass(frozen=True, slots=True)
class _Read:
    """A source whose bytes are in memory."""

    source: Source
    annotation_class: AnnotationClass | None
    content: bytes


class Intake:
    """What a project takes, looked up once for a whole batch of files."""

    def __init__(self, project: Project, split: str | None, origin: str) -> None:
        self._project = project
        self._split = split
        self._origin = origin
        self._limits = Limits(project.least_side, project.most_pixels)
        self._classes: dict[str, AnnotationClass] | None = None

    def prepare(self, sources: Iterable[Source | Refused]) -> Iterator[Prepared | Refused]:
        """Each source that may come in, and why the others may not, in their order."""
        return in_order(self._prepare, map(self._read, sources), _weight)

    def _read(self, source: Source | Refused) -> _Read | Refused:
        # In the caller's thread: files may share one archive or spool.
        if isinstance(source, Refused):
            return source
        try:
            return _Read(source, self._class(source.annotation_class), source.read())
        except Refuse as refuse:
            return Refused(source.name, refuse.reason, refuse.detail)

    def _prepare(self, read: _Read | Refused) -> Prepared | Refused:
        if isinstance(read, Refused):
            return read
        try:
            if self._origin == Image.Origin.REAL:
                real_check(read.content)
            canonical = image_canonicalise(read.content, self._limits)
        except Refuse as refuse:
            return Refused(read.source.name, refuse.reason, refuse.detail)
        row = self._row(read.source, canonical, read.annotation_class)
        if reference := read.source.reference:
            row.place, row.file = reference.place, reference.key
            row.original_sha256 = hashlib.sha256(read.content).hexdigest()
        return Prepared(canonical, row)

    def _class(self, name: str | None) -> AnnotationClass | None:
        if not name:
            return None
        if self._classes is None:
            self._classes = {known.name: known for known in self._project.annotation_classes.all()}
        if name not in self._classes:
            known = ", ".join(self._classes) or "none"
            raise Refuse(
                Reason.UNKNOWN_CLASS, f"The project has no class {name!r}; its classes: {known}."
            )
        return self._classes[name]

    def _row(
        self, source: Source, canonical: CanonicalImage, annotation_class: AnnotationClass | None
    ) -> Image:
        return Image(
            project=self._project,
            origin=self._origin,
            # Where none was told, `arrivals_part` decides, as it sees the whole batch.
            split=source.split or self._split or "",
            status=Image.Status.ACCEPTED if annotation_class else Image.Status.UNREVIEWED,
            annotation_class=annotation_class,
            sha256=canonical.sha256,
            pixels_sha256=canonical.pixels_sha256,
            name=text_clean(source.name, NAME_LENGTH),
            file=image_key(canonical),
            thumbnail=thumbnail_key(canonical),
            format=canonical.format,
            width=canonical.width,
            height=canonical.height,
            byte_size=len(canonical.content),
            metadata=dict(source.metadata),
        )


def text_clean(text: str, length: int) -> str:
    """The last `length` signs of a text, without what PostgreSQL or a page would choke on."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in whole)[
        -length:
    ]


def _weight(read: _Read | Refused) -> int:
    return 0 if isinstance(read, Refused) else len(read.content)
