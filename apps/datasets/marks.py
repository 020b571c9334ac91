"""Marking synthetic images as such, in the file itself and without touching a pixel.

The mark is an XMP packet with IPTC's digital source type and the image's lineage:
in PNG a text chunk (PNG specification, 11.3.3.4), in JPEG an APP1 segment, in WebP
an XMP chunk (XMP specification, part 3).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from ml_engine.config import synthetic_packet

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEYWORD = b"XML:com.adobe.xmp\0"
JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
JPEG_EXIF = b"Exif\0\0"
APP0, APP1, COMMENT = 0xE0, 0xE1, 0xFE
BEFORE_THE_PICTURE = (*range(APP0, APP0 + 16), COMMENT)
WEBP_HAS_ALPHA, WEBP_HAS_XMP = 0x10, 0x04


class MarkError(ValueError):
    """A file that cannot be marked, and so does not leave."""


def synthetic_mark(content: bytes, lineage: str | None) -> bytes:
    """The same picture, saying that it is synthetic and by which lineage. Raises `MarkError`."""
    packet = synthetic_packet(lineage)
    try:
        if content.startswith(PNG_SIGNATURE):
            return _png(content, packet)
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content, packet)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content, packet)
    except (struct.error, IndexError) as error:
        raise MarkError(f"The file ends too early to be marked: {error}.") from error
    raise MarkError(f"A file that begins with {content[:12]!r} is no PNG, JPEG or WebP.")


# --- PNG ------------------------------------------------------------------------------------
def _png(content: bytes, packet: bytes) -> bytes:
    """The mark goes right behind the header, so that it is found without reading the pixels."""
    text = PNG_KEYWORD + b"\0\0\0\0" + packet  # not compressed, no language, no translation
    parts = [PNG_SIGNATURE]
    for kind, chunk in _png_chunks(content):
        if kind == b"iTXt" and chunk[8:].startswith(PNG_KEYWORD):
            continue
        parts.append(chunk)
        if kind == b"IHDR":
            body = b"iTXt" + text
            parts.append(struct.pack(">I", len(text)) + body + struct.pack(">I", zlib.crc32(body)))
    return b"".join(parts)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_SIGNATURE)
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at : at + length + 12]
        at += length + 12


# --- JPEG -----------------------------------------------------------------------------------
def _jpeg(content: bytes, packet: bytes) -> bytes:
    """The mark goes behind JFIF's and Exif's segments, which must be first."""
    body = JPEG_XMP + packet
    mark = bytes([0xFF, APP1]) + struct.pack(">H", len(body) + 2) + body
    first: list[bytes] = []
    others: list[bytes] = []
    at = 2
    while (marker := content[at + 1]) in BEFORE_THE_PICTURE:
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        is_first = marker == APP0 or (marker == APP1 and segment[4:].startswith(JPEG_EXIF))
        if not segment[4:].startswith(JPEG_XMP):
            (first if is_first else others).append(segment)
        at += 2 + length
    return b"".join([content[:2], *first, mark, *others, content[at:]])


# --- WebP -----------------------------------------------------------------------------------
def _webp(content: bytes, packet: bytes) -> bytes:
    """The mark goes last; the extended header, which says that there is one, first."""
    chunks = [chunk for chunk in _webp_chunks(content) if chunk[0] != b"XMP "]
    if chunks[0][0] == b"VP8X":
        header = bytes([chunks[0][1][0] | WEBP_HAS_XMP]) + chunks[0][1][1:]
        chunks = chunks[1:]
    else:
        header = _webp_header(*chunks[0])
    body = b"".join(
        _webp_chunk(kind, data) for kind, data in [(b"VP8X", header), *chunks, (b"XMP ", packet)]
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        yield kind, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _webp_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _webp_header(kind: bytes, data: bytes) -> bytes:
    """The extended header of a simple file, with the size that its picture names."""
    flags = WEBP_HAS_XMP
    if kind == b"VP8L":
        bits: int = struct.unpack_from("<I", data, 1)[0]
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
        flags |= WEBP_HAS_ALPHA if bits >> 28 & 1 else 0
    elif kind == b"VP8 ":
        sides: tuple[int, int] = struct.unpack_from("<HH", data, 6)
        width, height = ((side & 0x3FFF) - 1 for side in sides)
    else:
        raise MarkError(f"A WebP file that begins with a chunk {kind!r} is not known here.")
    return struct.pack("<I", flags) + _three_bytes(width) + _three_bytes(height)


def _three_bytes(number: int) -> bytes:
    return number.to_bytes(3, "little")
