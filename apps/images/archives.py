"""Archives, read member by member: nothing is unpacked to disk, nothing is read twice.

A member's name is never used as a path here; names that try are refused all the
same, since whoever wrote them meant no good. Sizes that an archive announces are
not believed: what is really read is counted.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import BinaryIO, Literal, cast

from apps.images.refusals import Reason, Refuse, Refused
from apps.images.sources import MOST_FILE_BYTES, Source, too_large

MOST_MEMBERS = 100_000
MOST_DIRECTORY_BYTES = 32 * 1024 * 1024
"""A zip's table of contents, which is read whole."""
MOST_RATIO = 100
"""Images hardly shrink when they are packed; what grows more than this is a bomb."""
RATIO_FREE_BYTES = 4 * 1024 * 1024
"""Below this the ratio does not matter: a blank picture shrinks well too."""
HEADER_ROOM = 1024 * 1024
"""What a tar may spend on headers between two members."""
MOST_EMPTY_READS = 10
"""A tar's reader may ask so often for what is not there any more."""
ZIP_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP_START = b"\x1f\x8b"
BREAKS = (
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
)
DRIVE = re.compile(r"[A-Za-z]:")

ArchiveKind = Literal["zip", "tar", "tar.gz"]


def archive_kind(file: BinaryIO) -> ArchiveKind | None:
    """What kind of archive a file is, by its first bytes; None if it is none."""
    file.seek(0)
    start = file.read(512)
    file.seek(0)
    if start.startswith(ZIP_STARTS):
        return "zip"
    if start.startswith(GZIP_START):
        return "tar.gz"
    return "tar" if start[257:262] == b"ustar" else None


def file_sources(name: str, file: BinaryIO) -> Iterator[Source | Refused]:
    """The images that a file brings: an archive's members, else the file itself."""
    kind = archive_kind(file)
    if kind is None:
        yield Source(name, file)
    else:
        yield from archive_members(name, file, kind)


def archive_members(
    name: str, file: BinaryIO, kind: ArchiveKind, start: int = 0
) -> Iterator[Source | Refused]:
    """The members in their order, refused ones in their places; those before `start` unread.

    What breaks the archive as a whole ends it with one refusal in the archive's
    own name; the members before it are kept.
    """
    count = 0
    try:
        for member in _members(file, kind):
            if count == MOST_MEMBERS:
                raise _too_many(f"only its first {MOST_MEMBERS:,} were taken")
            if count >= start:
                yield member if isinstance(member, Refused) else member.read()
            count += 1
    except (Refuse, *BREAKS) as error:
        if count >= start:
            yield _end_refused(name, error)


def archive_listing(file: BinaryIO, kind: ArchiveKind) -> Iterator[Member | Refused]:
    """The same members, unread: one may be opened before the next is asked for.

    Ends where the archive breaks, without a word: who reads the members is told.
    """
    try:
        yield from islice(_members(file, kind), MOST_MEMBERS)
    except (Refuse, *BREAKS):
        return


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, in its turn."""

    name: str
    read: Callable[[], Source | Refused]
    """Its content, checked."""
    open: Callable[[], BinaryIO]
    """Its content as it comes, unchecked: whoever reads it bounds it."""


def _end_refused(name: str, error: Exception) -> Refused:
    if isinstance(error, Refuse):
        return Refused(name, error.reason, error.detail)
    if isinstance(error, EOFError) or "unexpected end" in str(error):
        return Refused(name, Reason.TRUNCATED, "The archive ends before its last member does.")
    return Refused(name, Reason.CORRUPT_ARCHIVE, f"The archive cannot be read on: {error}.")


def _members(file: BinaryIO, kind: ArchiveKind) -> Iterator[Member | Refused]:
    return _zip_members(file) if kind == "zip" else _tar_members(file, kind)


# --- Rules for a single member ---------------------------------------------------------------


def name_check(name: str) -> None:
    """Raise `Refuse` for a name that would lead out of the folder that it is unpacked to."""
    parts = name.replace("\\", "/").split("/")
    if not name or name[:1] in ("/", "\\") or ".." in parts or DRIVE.match(name) or "\x00" in name:
        raise Refuse(
            Reason.UNSAFE_PATH, "Its path leads out of the archive; pack it under a plain name."
        )


def _content_check(content: bytes) -> None:
    if archive_kind(io.BytesIO(content)):
        raise Refuse(
            Reason.NESTED_ARCHIVE, "It is an archive inside an archive; send it by itself."
        )


def _size_check(size: int) -> None:
    if size > MOST_FILE_BYTES:
        raise too_large()


def _ratio_check(unpacked: int, packed: int) -> None:
    if unpacked > RATIO_FREE_BYTES and unpacked > MOST_RATIO * max(packed, 1):
        raise Refuse(
            Reason.COMPRESSION_BOMB,
            f"It unpacks to more than {MOST_RATIO} times its packed size.",
        )


def _too_many(what_happened: str) -> Refuse:
    return Refuse(
        Reason.TOO_MANY_MEMBERS,
        f"The archive has more than {MOST_MEMBERS:,} members; {what_happened}.",
    )


# --- Zip -------------------------------------------------------------------------------------


def _zip_members(file: BinaryIO) -> Iterator[Member | Refused]:
    packed_size = file.seek(0, io.SEEK_END)
    if _zip_directory_size(file, packed_size) > MOST_DIRECTORY_BYTES:
        raise _too_many("none was taken")
    unpacked = 0
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.filename.endswith("/"):  # is_dir() breaks on an empty name
                continue
            try:
                _zip_check(info)
            except Refuse as refuse:
                yield Refused(info.orig_filename, refuse.reason, refuse.detail)
                continue
            if info.file_size <= MOST_FILE_BYTES:  # the others are not read
                # Overlapping members are each small and together endless.
                unpacked += info.file_size
                _ratio_check(unpacked, packed_size)
            yield Member(
                info.filename,
                partial(_zip_read, archive, info),
                partial(_zip_open, archive, info),
            )


def _zip_check(info: zipfile.ZipInfo) -> None:
    name_check(info.orig_filename)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refuse(Reason.LINK, "It is a link, not a file.")
    if info.flag_bits & 0x1:
        raise Refuse(Reason.ENCRYPTED, "It is encrypted; pack it without a password.")
    if info.compress_type not in ZIP_METHODS:
        raise Refuse(
            Reason.UNSUPPORTED_COMPRESSION, "It is packed by a rare method; use deflate or none."
        )
    _ratio_check(info.file_size, info.compress_size)


def _zip_open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast("BinaryIO", archive.open(info))


def _zip_read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Source | Refused:
    try:
        _size_check(info.file_size)
        with archive.open(info) as opened:
            content = opened.read(MOST_FILE_BYTES + 1)
        _size_check(len(content))
        _content_check(content)
    except Refuse as refuse:
        return Refused(info.orig_filename, refuse.reason, refuse.detail)
    except BREAKS as error:
        detail = f"This member of the archive cannot be unpacked: {error}."
        return Refused(info.orig_filename, Reason.CORRUPT, detail)
    return Source(info.filename, content)


def _zip_directory_size(file: BinaryIO, size: int) -> int:
    """The announced size of the table of contents, which zipfile would read whole."""
    tail_length = min(size, 22 + 20 + 0xFFFF)
    file.seek(size - tail_length)
    tail = file.read(tail_length)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise EOFError
    announced = int.from_bytes(tail[end + 12 : end + 16], "little")
    locator = tail[max(end - 20, 0) : end]
    if locator.startswith(b"PK\x06\x07"):
        file.seek(int.from_bytes(locator[8:16], "little"))
        announced = int.from_bytes(file.read(56)[40:48], "little")
    file.seek(0)
    return announced


# --- Tar -------------------------------------------------------------------------------------


class _Meter(io.RawIOBase):
    """Counts what a tar's reader takes, and stops it where the archive is a bomb."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, packed: BinaryIO) -> None:
        self._stream = stream
        self._packed = packed
        self._unpacked = 0
        self._allowed = HEADER_ROOM
        self._empty_reads = 0

    def allow(self, size: int) -> None:
        """Let the reader take a member of that size and the headers after it."""
        self._allowed = self._unpacked + size + HEADER_ROOM

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._unpacked += len(chunk)
        if self._unpacked > self._allowed:
            raise Refuse(Reason.COMPRESSION_BOMB, "The archive's headers grow without end.")
        _ratio_check(self._unpacked, self._packed.tell())
        if not chunk:
            # Skipping a member of absurd size, tarfile would read nothing a billion times.
            self._empty_reads += 1
            if self._empty_reads > MOST_EMPTY_READS:
                raise EOFError
        return chunk


def _tar_members(file: BinaryIO, kind: ArchiveKind) -> Iterator[Member | Refused]:
    meter = _Meter(gzip.GzipFile(fileobj=file) if kind == "tar.gz" else file, file)
    with tarfile.open(fileobj=meter, mode="r|", errorlevel=1) as archive:
        while info := archive.next():
            meter.allow(info.size)
            if not info.isdir():
                yield _tar_member(archive, info)
            # Or tarfile would keep every header that it has seen.
            archive.members = []  # type: ignore[attr-defined]


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member | Refused:
    try:
        name_check(info.name)
        if info.issym() or info.islnk():
            raise Refuse(Reason.LINK, "It is a link, not a file.")
        if not info.isreg() or info.issparse():
            raise Refuse(Reason.SPECIAL_FILE, "It is a device, a pipe or a sparse file.")
    except Refuse as refuse:
        return Refused(info.name, refuse.reason, refuse.detail)
    opened = partial(_tar_open, archive, info)
    return Member(info.name, partial(_tar_read, info, opened), opened)


def _tar_open(archive: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    return cast("BinaryIO", archive.extractfile(info))


def _tar_read(info: tarfile.TarInfo, opened: Callable[[], BinaryIO]) -> Source | Refused:
    if info.size > MOST_FILE_BYTES:
        refuse = too_large()
        return Refused(info.name, refuse.reason, refuse.detail)
    content = opened().read()
    try:
        _content_check(content)
    except Refuse as refuse:
        return Refused(info.name, refuse.reason, refuse.detail)
    return Source(info.name, content)
