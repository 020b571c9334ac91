"""Zip archives that grow on disk and are taken up again where they were cut.

Members are stored as they are, undated, in the order in which they are added: equal
members make equal archives. A member's header is written when its content is whole, so
what a killed process left behind is told from what it finished.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

LOCAL = struct.Struct("<IHHHHHIIIHH")
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
CENTRAL_64 = struct.Struct("<HHQ")
END = struct.Struct("<IHHHHIIH")
END_64 = struct.Struct("<IQHHIIQQQQ")
END_64_PLACE = struct.Struct("<IIQI")
LOCAL_MARK, CENTRAL_MARK, END_MARK = 0x04034B50, 0x02014B50, 0x06054B50
END_64_MARK, END_64_PLACE_MARK = 0x06064B50, 0x07064B50
PLAIN, WITH_64 = 20, 45
"""Versions of the format: 2.0, and 4.5 for more than 4 GiB or 65,535 members."""
NAMES_ARE_UTF8 = 0x0800
FIRST_OF_1980 = 33
MADE_ON_UNIX = 3 << 8
READABLE = 0o100644 << 16
MOST_32, MOST_16 = 0xFFFFFFFF, 0xFFFF
CHUNK = 1024 * 1024

Write = Callable[[BinaryIO], None]
"""Writes a member's content, from its beginning to its end."""


class MemberTooLargeError(ValueError):
    """A member of 4 GiB or more."""


@dataclass(frozen=True, slots=True)
class _Member:
    offset: int
    name: bytes
    checksum: int
    size: int

    @property
    def content(self) -> int:
        return self.offset + LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        return self.content + self.size


class ZipBuilder:
    """An archive at a path. Ask `has` for each member in order, `add` those it lacks, `finish`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._file: BinaryIO = path.open("r+b")
        self._end = 0
        """Where the last known member ends."""
        self._recovers = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def has(self, name: str) -> bool:
        """Whether an earlier attempt left this member, whole, as the next one.

        At the first that it did not, the rest of what it left is cut off.
        """
        if not self._recovers:
            return False
        member = self._member_at(self._end)
        if member and member.name == name.encode() and self._is_whole(member):
            self._end = member.end
            return True
        self._recovers = False
        self._file.truncate(self._end)
        return False

    def add(self, name: str, write: Write) -> None:
        """Append a member. Raises `MemberTooLargeError`."""
        self._recovers = False
        encoded = name.encode()
        self._file.seek(self._end)
        self._file.truncate()
        self._file.write(bytes(LOCAL.size) + encoded)
        content = _Content(self._file)
        write(content)  # type: ignore[arg-type]
        if content.size >= MOST_32:
            raise MemberTooLargeError(f"{name} has {content.size:,} bytes; 4 GiB are the most.")
        member = _Member(self._end, encoded, content.checksum, content.size)
        self._file.seek(self._end)
        self._file.write(_local(member))
        self._end = member.end

    def finish(self) -> None:
        """Write the directory, which makes the file an archive."""
        count, at = 0, self._end
        self._file.seek(at)
        self._file.truncate()
        for block in _blocks(_central(member) for member in self._members()):
            self._file.seek(at)
            self._file.write(b"".join(block))
            at = self._file.tell()
            count += len(block)
        self._file.seek(at)
        self._file.write(_ending(count, self._end, at))
        self._file.flush()

    def _members(self) -> Iterator[_Member]:
        at = 0
        while at < self._end:
            member = self._member_at(at)
            if member is None:
                raise ValueError("The archive was changed while it was written.")
            yield member
            at = member.end

    def _member_at(self, offset: int) -> _Member | None:
        self._file.seek(offset)
        header = self._file.read(LOCAL.size)
        if len(header) < LOCAL.size:
            return None
        mark, *_, checksum, size, _, name_length, _ = LOCAL.unpack(header)
        if mark != LOCAL_MARK:
            return None
        return _Member(offset, self._file.read(name_length), checksum, size)

    def _is_whole(self, member: _Member) -> bool:
        self._file.seek(member.content)
        left, checksum = member.size, 0
        while left and (chunk := self._file.read(min(CHUNK, left))):
            checksum = zlib.crc32(chunk, checksum)
            left -= len(chunk)
        return not left and checksum == member.checksum


class _Content(io.RawIOBase):
    """Passes a member's content on, and measures it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.checksum = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._file.write(data)
        self.checksum = zlib.crc32(data, self.checksum)
        length = memoryview(data).nbytes
        self.size += length
        return length


def _local(member: _Member) -> bytes:
    return LOCAL.pack(
        LOCAL_MARK, PLAIN, NAMES_ARE_UTF8, 0, 0, FIRST_OF_1980,
        member.checksum, member.size, member.size, len(member.name), 0,
    )  # fmt: skip


def _central(member: _Member) -> bytes:
    is_far = member.offset >= MOST_32
    extra = CENTRAL_64.pack(1, 8, member.offset) if is_far else b""
    version = WITH_64 if is_far else PLAIN
    return CENTRAL.pack(
        CENTRAL_MARK, MADE_ON_UNIX | version, version, NAMES_ARE_UTF8, 0, 0, FIRST_OF_1980,
        member.checksum, member.size, member.size, len(member.name), len(extra), 0, 0, 0,
        READABLE, min(member.offset, MOST_32),
    ) + member.name + extra  # fmt: skip


def _ending(count: int, start: int, end: int) -> bytes:
    size = end - start
    plain = END.pack(
        END_MARK, 0, 0, min(count, MOST_16), min(count, MOST_16), min(size, MOST_32),
        min(start, MOST_32), 0,
    )  # fmt: skip
    if count < MOST_16 and start < MOST_32 and size < MOST_32:
        return plain
    record = END_64.pack(
        END_64_MARK, END_64.size - 12, MADE_ON_UNIX | WITH_64, WITH_64, 0, 0, count, count,
        size, start,
    )  # fmt: skip
    return record + END_64_PLACE.pack(END_64_PLACE_MARK, 0, end, 1) + plain


def _blocks(records: Iterator[bytes], length: int = 1000) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for record in records:
        block.append(record)
        if len(block) == length:
            yield block
            block = []
    yield block
