"""A first look at all files of an import: how many there are, and what they say of each other.

Nothing is decoded and nothing is written; each attempt at an import looks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from apps.images.archives import BREAKS, Member, archive_kind, archive_listing
from apps.images.refusals import Refuse, Refused
from apps.images.sources import Source, folder_class
from apps.imports.layouts import ENDINGS, FOLDERS, IMAGE_FOLDER, LAYOUTS, PLAIN, layout_of
from apps.imports.layouts.image_folder import class_of_folder, split_of_folder
from apps.imports.layouts.told import SPLITS, ManifestError
from apps.imports.ledger import Fit, Ledger
from apps.imports.models import Import, Upload
from apps.imports.storage import upload_path
from ml_engine.config import StopRequestedError

MOST_MANIFEST_BYTES = 1024**3
"""All manifests of an import together."""
MOST_MANIFESTS = 200
MOST_BAD_LINES = 10_000
CHUNK = 1024 * 1024
UPLOADS_AT_ONCE = 500

ShouldStop = Callable[[], bool]
Place = tuple[str, int]
"""An upload's id and its member's number, from 0."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file that says something of others."""

    place: Place
    name: str
    layout: str
    file: BinaryIO
    """A copy of our own, on disk: in an archive one cannot go back."""


class Survey:
    """What an import's files are. Use as a context manager; `look` comes first."""

    def __init__(
        self, owner: Import, class_names: Collection[str], should_stop: ShouldStop
    ) -> None:
        self._owner = owner
        self._class_names = class_names
        self._should_stop = should_stop
        self._manifests: list[Manifest] = []
        self._manifest_bytes = 0
        self._followed: frozenset[Place] = frozenset()
        self._folders: Counter[str] = Counter()
        self._fit = Fit(0, 0, 0, 0, [])
        self.ledger = Ledger()
        self.layout = str(owner.layout)
        """What was decided, once it was."""
        self.refused: list[Refused] = []
        """Lines of manifests that speak of no file."""

    def __enter__(self) -> Survey:
        return self

    def __exit__(self, *_: object) -> None:
        for manifest in self._manifests:
            manifest.file.close()
        self.ledger.close()

    def look(self) -> None:
        """Go through all files once, and read what is said of them. Raises ManifestError."""
        for upload in uploads_in_order(self._owner):
            with upload_path(upload).open("rb") as file:
                for number, member in enumerate(_members(upload, file)):
                    self._go_on()
                    self._note((upload.pk.hex, number), member)
        self.layout = self._decide()
        followed = [one for one in self._manifests if one.layout == self.layout]
        self._followed = frozenset(one.place for one in followed)
        for manifest in self._manifests:
            if manifest.place not in self._followed:
                self.ledger.came(manifest.name)
        if followed:
            self._follow(followed)

    def found(self) -> dict[str, Any]:
        """What is kept with the import."""
        return {"layout": self.layout, "manifests": len(self._followed), **asdict(self._fit)}

    def is_manifest(self, upload: Upload, number: int) -> bool:
        """Whether a member is followed, and so is no image."""
        return (upload.pk.hex, number) in self._followed

    def told(self, source: Source) -> Source | Refused:
        """A file with what its folders and the manifests say of it."""
        path = source.name
        told = self.ledger.told_of(path) if self._followed else None
        if told and told.refusal:
            return Refused(path, *told.refusal)
        annotation_class = told.annotation_class if told else ""
        split = told.split if told else ""
        if self.layout == FOLDERS:
            annotation_class = folder_class(path, self._class_names) or ""
        if self.layout == IMAGE_FOLDER:
            annotation_class = annotation_class or ("" if told else class_of_folder(path))
            split = split or split_of_folder(path)
        return replace(
            source,
            annotation_class=annotation_class or None,
            split=split or None,
            metadata={**self._owner.metadata, **(told.metadata if told else {})},
        )

    def _note(self, place: Place, member: Member | Refused) -> None:
        if isinstance(member, Member) and (manifest := self._manifest(place, member)):
            self._manifests.append(manifest)
            if len(self._manifests) > MOST_MANIFESTS:
                raise ManifestError(
                    f"There are more than {MOST_MANIFESTS} manifests; import the files in parts."
                )
            return
        self.ledger.came(member.name)
        folders = member.name.split("/")[:-1]
        self._folders["named"] += any(folder in self._class_names for folder in folders)
        self._folders["split"] += any(folder.lower() in SPLITS for folder in folders)

    def _manifest(self, place: Place, member: Member) -> Manifest | None:
        """A member as a manifest; None where it is none, or cannot be read as one."""
        name, layout = member.name, str(self._owner.layout)
        if layout in (PLAIN, FOLDERS) or not name.lower().endswith(ENDINGS):
            return None
        copy = self._copy(member)
        if copy is None:
            return None
        if layout in LAYOUTS:
            found = layout if LAYOUTS[layout].recognises(name, copy) else None
        else:
            found = layout_of(name, copy)
        if found is None:
            copy.close()
            return None
        return Manifest(place, name, found, copy)

    def _copy(self, member: Member) -> BinaryIO | None:
        left = MOST_MANIFEST_BYTES - self._manifest_bytes
        copy = cast("BinaryIO", TemporaryFile(dir=settings.UPLOAD_ROOT))  # noqa: SIM115 — kept open
        try:
            with member.open() as opened:
                while chunk := opened.read(CHUNK):
                    self._go_on()
                    left -= len(chunk)
                    if left < 0:
                        most = MOST_MANIFEST_BYTES // 1024**2
                        raise ManifestError(
                            f"{member.name}: manifests may have {most:,} MiB together; import the"
                            " files in parts."
                        )
                    copy.write(chunk)
        except (Refuse, *BREAKS):
            copy.close()  # who reads it as an image is told why
            return None
        except BaseException:
            copy.close()
            raise
        self._manifest_bytes = MOST_MANIFEST_BYTES - left
        return copy

    def _decide(self) -> str:
        kinds = {one.layout for one in self._manifests}
        layout = str(self._owner.layout)
        if layout in LAYOUTS and layout != IMAGE_FOLDER and not kinds:
            raise ManifestError(
                f"No file is a manifest of {self._owner.get_layout_display()}. Send one with the"
                " images, or choose another layout."
            )
        if layout != Import.Layout.AUTO:
            return layout
        for one in LAYOUTS:
            if one in kinds:
                return one
        if self._folders["named"]:
            return IMAGE_FOLDER if self._folders["split"] else FOLDERS
        return PLAIN

    def _follow(self, manifests: Iterable[Manifest]) -> None:
        for manifest in manifests:
            for told in LAYOUTS[manifest.layout].read(manifest.name, manifest.file):
                self._go_on()
                if told.file:
                    self.ledger.tell(told)
                elif told.refusal:
                    self._refuse(Refused(manifest.name, *told.refusal))
        self._fit = self.ledger.match()

    def _refuse(self, line: Refused) -> None:
        self.refused.append(line)
        if len(self.refused) > MOST_BAD_LINES:
            raise ManifestError(
                f"More than {MOST_BAD_LINES:,} lines name no file, such as this: {line.detail}"
            )

    def _go_on(self) -> None:
        if self._should_stop():
            raise StopRequestedError


def uploads_in_order(owner: Import) -> Iterator[Upload]:
    """An import's files, some at a time; so that transactions may end in between."""
    path, last = "", UUID(int=0)
    while some := list(
        owner.uploads.select_related("owner")
        .filter(Q(path__gt=path) | Q(path=path, pk__gt=last))
        .order_by("path", "id")[:UPLOADS_AT_ONCE]
    ):
        yield from some
        path, last = some[-1].path, some[-1].pk


def _members(upload: Upload, file: BinaryIO) -> Iterator[Member | Refused]:
    """An archive's members; another file is its own."""
    kind = archive_kind(file)
    if kind:
        yield from archive_listing(file, kind)
    else:
        path = upload_path(upload)
        yield Member(upload.path, lambda: Source(upload.path, path), lambda: path.open("rb"))
