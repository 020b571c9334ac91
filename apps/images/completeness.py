"""Whether a file's bytes are all there, and a JPEG's bytes without its metadata.

Decoders stop reading once they have every pixel, so a file that lost its end,
or whose checksums are wrong, may decode. Here the containers are walked instead.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from apps.images.refusals import Reason, Refuse

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_START, JPEG_END, JPEG_SCAN = 0xD8, 0xD9, 0xDA
JPEG_JFIF, JPEG_ADOBE, JPEG_COMMENT = 0xE0, 0xEE, 0xFE
JPEG_RESTARTS = range(0xD0, 0xD8)
JPEG_LENGTHLESS = {0x01, *JPEG_RESTARTS}
FILL = 0xFF
"""Begins every marker of a JPEG, and may be repeated before it."""
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Within a scan: neither a stuffed byte, nor a restart mark, nor fill before a marker."""
# Version 1.01, no density, no thumbnail: all that a decoder needs to know is that it is JFIF.
PLAIN_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
ADOBE_LENGTH = 14
MAGIC = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (PNG_SIGNATURE,),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
    "TIFF": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "WEBP": (b"RIFF",),
}


def kind_of(content: bytes) -> str | None:
    """The format that the first bytes announce, whatever the file's name says."""
    for kind, starts in MAGIC.items():
        if content.startswith(starts) and (kind != "WEBP" or content[8:12] == b"WEBP"):
            return kind
    return None


def completeness_check(content: bytes) -> None:
    """Raise `Refuse`, truncated or corrupt, where a JPEG's or PNG's structure is not whole."""
    kind = kind_of(content)
    if kind == "PNG":
        _png_walk(content)
    elif kind == "JPEG":
        for _ in _jpeg_segments(content):
            pass


def cut_short(content: bytes) -> bool:
    """Whether a file that does not decode is shorter than it says it is."""
    match kind_of(content):
        case "WEBP":
            return len(content) < int.from_bytes(content[4:8], "little") + 8
        case "BMP":
            return len(content) < int.from_bytes(content[2:6], "little")
        case "GIF":
            return not content.rstrip(b"\x00").endswith(b";")
        case "TIFF":
            directory = content[4:8] if content.startswith(b"MM") else content[7:3:-1]
            return len(content) < int.from_bytes(directory, "big") + 2
    return False


def jpeg_without_metadata(content: bytes) -> bytes:
    """The same compressed picture, bit for bit, with nothing beside it.

    Kept are the tables, the scans, and the two marks that say how colours are coded
    (a plain JFIF header, Adobe's transform flag). Dropped are EXIF, XMP, ICC, IPTC,
    previews, comments, and whatever stands behind the picture's end.
    """
    kept = [bytes((0xFF, JPEG_START))]
    for marker, segment in _jpeg_segments(content):
        if marker == JPEG_JFIF:
            kept += [PLAIN_JFIF] if segment[4:9] == b"JFIF\x00" else []
        elif marker == JPEG_ADOBE:
            kept += [_adobe(segment)] if segment[4:9] == b"Adobe" else []
        elif not (JPEG_JFIF <= marker <= JPEG_JFIF + 15 or marker == JPEG_COMMENT):
            kept.append(segment)
    return b"".join(kept)


def _adobe(segment: bytes) -> bytes:
    return segment[:2] + ADOBE_LENGTH.to_bytes(2, "big") + segment[4 : 2 + ADOBE_LENGTH]


def _png_walk(content: bytes) -> None:
    at = len(PNG_SIGNATURE)
    while True:
        length = int.from_bytes(content[at : at + 4], "big")
        end = at + 12 + length
        if end > len(content):
            raise Refuse(Reason.TRUNCATED, "The PNG ends before its last chunk.")
        checksum = int.from_bytes(content[end - 4 : end], "big")
        if zlib.crc32(memoryview(content)[at + 4 : end - 4]) != checksum:
            raise Refuse(Reason.CORRUPT, "A checksum inside the PNG is wrong.")
        if content[at + 4 : at + 8] == b"IEND":
            return
        at = end


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each (marker, bytes) after the start up to the end mark; a scan comes with its data."""
    at = 2
    while True:
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        if at + 2 > len(content):
            raise Refuse(Reason.TRUNCATED, "The JPEG ends before its end mark.")
        if content[at] != FILL:
            raise Refuse(Reason.CORRUPT, "The JPEG's segments do not follow one another.")
        marker = content[at + 1]
        if marker == JPEG_END:
            yield marker, content[at : at + 2]
            return
        end = at + 2
        if marker not in JPEG_LENGTHLESS:
            end += max(2, int.from_bytes(content[end : end + 2], "big"))
        if marker == JPEG_SCAN:
            end = _jpeg_scan_end(content, end)
        if end > len(content):
            raise Refuse(Reason.TRUNCATED, "The JPEG ends before its end mark.")
        yield marker, content[at:end]
        at = end


def _jpeg_scan_end(content: bytes, at: int) -> int:
    """Where a scan's entropy-coded data stops: at the next marker that is no restart mark."""
    found = JPEG_MARKER.search(content, at)
    return found.start() if found else len(content) + 1
