"""Single files that are broken or mean harm."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

from PIL import Image, PngImagePlugin

File = tuple[str, bytes]

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tif", "BMP": "bmp"}
SCRIPT = "<script>alert(document.cookie)</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}</svg>'
WORDS = [
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "';DROP TABLE images_image;--",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}{% debug %}",
    "%s%s%s%n%n",
    "../../../../etc/passwd",
    "\x1b]0;title\x07\x1b[2J",
    "=cmd|' /C calc'!A0",
    "<?php system($_GET['c']); ?>",
    "\u202egnp.exe",
    "A" * 60_000,
]


def picture(seed: int = 0, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> Image.Image:
    """A picture of noise, the same for the same seed."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, Random(seed).randbytes(size[0] * size[1] * channels))  # noqa: S311


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """A picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(seed: int = 0) -> bytes:
    """A small good PNG."""
    return encoded(picture(seed))


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG's chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG whose header says what it likes."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def truncated() -> Iterator[File]:
    """Each format cut at every hundredth of its length."""
    for kind, ending in FORMATS.items():
        whole = encoded(picture(1, (64, 48)), kind)
        for percent in range(1, 100):
            yield f"cut at {percent}.{ending}", whole[: len(whole) * percent // 100]


def bombs() -> Iterator[File]:
    """Small files that would be large, or endless, if anybody believed them."""
    zeros = zlib.compress(bytes(1_000_000), 9)
    for side in (1_001, 30_000, 65_535, 2**31 - 1, 2**32 - 1):
        yield f"header of {side}.png", png_of(side, side, chunk(b"IDAT", zeros))
    yield "one row.png", png_of(2**31 - 1, 1, chunk(b"IDAT", zeros))
    yield "sixteen bits.png", png_of(20_000, 20_000, chunk(b"IDAT", zeros), depth=16, colour=6)
    endless = zlib.compress(bytes(200_000_000), 9)
    yield "more data than pixels.png", png_of(30, 30, chunk(b"IDAT", endless))
    for kind in (b"zTXt", b"iTXt", b"iCCP"):
        text = b"k\x00" + (b"\x01\x00\x00\x00" if kind == b"iTXt" else b"\x00") + endless
        rows = zlib.compress(b"\x00" + bytes(30) + (b"\x00" + bytes(30)) * 29)
        yield f"{kind.decode()} bomb.png", png_of(30, 30, chunk(kind, text), chunk(b"IDAT", rows))
    yield "many empty chunks.png", png_of(30, 30, chunk(b"tEXt", b"a\x00b") * 100_000)
    for width, height in ((65_500, 65_500), (65_535, 1), (0, 0), (1, 65_535)):
        yield f"frame of {width} by {height}.jpg", _jpeg_of(width, height)
        yield f"screen of {width} by {height}.gif", _gif_of(width, height)
        yield f"page of {width} by {height}.tif", _tiff_of(width, height)
        yield f"map of {width} by {height}.bmp", _bmp_of(width, height)
    yield "map of negative height.bmp", _bmp_of(30, -30)
    yield "map of the lowest height.bmp", _bmp_of(30, -(2**31))
    frames = [Image.new("P", (30, 30), shade % 256) for shade in range(400)]
    yield "many frames.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    loop = struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 256, 3, 1, 30, 8)
    yield "pages in a circle.tif", loop
    canvas = struct.pack("<4sI4s4sIB3s3s3s", b"RIFF", 30, b"WEBP", b"VP8X", 10, 0, b"\0" * 3, *(
        b"\xff\xff\xff",) * 2)  # fmt: skip
    yield "canvas of the most.webp", canvas


def polyglots() -> Iterator[File]:
    """Files that are one thing to one reader and another to the next."""
    jpeg, gif, plain = (encoded(picture(2), kind) for kind in ("JPEG", "GIF", "PNG"))
    yield "script.gif", b"GIF89a/*" + gif[8:] + b"*/=1;alert(1)//"
    yield "only a beginning.gif", b"GIF89a=1;alert(1)//"
    for word in (SCRIPT, SVG, "<?php phpinfo(); ?>", "PK\x03\x04", "%PDF-1.7", "MZ\x90"):
        yield "with a tail.jpg", jpeg + word.encode()
        yield "with a tail.png", plain + word.encode()
        yield "with a head.jpg", word.encode() + jpeg
        yield "with a comment.jpg", jpeg[:2] + _segment(0xFE, word.encode()) + jpeg[2:]
        yield "with a chunk.png", plain[:33] + chunk(b"tEXt", b"c\x00" + word.encode()) + plain[33:]
    for encoding in ("utf-8", "utf-16", "utf-16-be", "utf-7", "utf-8-sig"):
        yield "drawing.png", SVG.encode(encoding)
    yield (
        "drawing.svg",
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/"
        + (b"passwd'>]>" + SVG.replace("alert", "&a;").encode()),
    )
    for name, start in {
        "page.html": f"<!doctype html>{SCRIPT}".encode(),
        "paper.pdf": b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>",
        "print.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 30 30\n(/etc/passwd)(r)file",
        "film.swf": b"FWS\x09" + bytes(60),
        "drawing.wmf": b"\xd7\xcd\xc6\x9a" + bytes(60),
        "layers.psd": b"8BPS\x00\x01" + bytes(60),
        "program.exe": b"MZ\x90\x00" + bytes(200),
        "program.elf": b"\x7fELF\x02\x01\x01" + bytes(200),
        "weights.pt": b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.",
        "shell.sh": b"#!/bin/sh\ntouch /tmp/owned\n",
        "table.csv": b"=cmd|' /C calc'!A0,1\n",
        "mail.mht": b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<script>",
        "nothing": b"",
        "zero": b"\x00",
    }.items():
        yield name, start
        yield f"{name}.png", start


def texts() -> Iterator[File]:
    """Good pictures with bad words in every place for words, and in their names."""
    for word in WORDS:
        exif = Image.Exif()
        for tag in (0x010E, 0x0131, 0x013B, 0x8298, 0x9286, 0x010F):
            exif[tag] = word[:1000]
        yield "exif.jpg", encoded(picture(3), "JPEG", exif=exif)
        about = PngImagePlugin.PngInfo()
        about.add_text("Comment", word)
        about.add_itxt("XML:com.adobe.xmp", word)
        yield "text.png", encoded(picture(4), "PNG", pnginfo=about)
        yield f"{word[:200]}.png", png(5)
    for orientation in (0, 9, 255, 65_535):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield "turned.jpg", encoded(picture(6), "JPEG", exif=exif)
    for broken in (b"Exif\x00\x00", b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff", b"Exif" * 9000):
        yield "exif.jpg", encoded(picture(6), "JPEG", exif=broken)
    for profile in (b"", b"acsp" * 100, bytes(128), Random(0).randbytes(4000)):  # noqa: S311
        yield "profile.jpg", encoded(picture(6), "JPEG", icc_profile=profile)


def wrong_endings() -> Iterator[File]:
    """Good pictures under names that say something else."""
    for kind in FORMATS:
        for ending in ("svg", "html", "exe", "zip", "php", "jpg.js", "", "png\x00.php"):
            yield f"picture.{ending}", encoded(picture(7), kind)


def damaged(count: int, seed: int) -> Iterator[File]:
    """Good files with a few wrong bytes, most of them in the header."""
    noise = Random(seed)  # noqa: S311
    wholes = [(ending, encoded(picture(8), kind)) for kind, ending in FORMATS.items()]
    for number in range(count):
        ending, whole = wholes[number % len(wholes)]
        content = bytearray(whole)
        reach = min(len(content), 64) if number % 3 else len(content)
        for _ in range(1 + number % 7):
            content[noise.randrange(2, reach)] = noise.choice((0, 1, 0x7F, 0x80, 0xFF))
        yield f"damaged {number}.{ending}", bytes(content)


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _jpeg_of(width: int, height: int) -> bytes:
    content = bytearray(encoded(picture(0, (32, 32), "L"), "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def _gif_of(width: int, height: int) -> bytes:
    content = bytearray(encoded(picture(0, (32, 32), "L"), "GIF"))
    content[6:10] = struct.pack("<HH", width, height)
    return bytes(content)


def _tiff_of(width: int, height: int) -> bytes:
    content = encoded(picture(0, (32, 32), "L"), "TIFF")
    for tag, value in ((256, width), (257, height)):
        at = content.index(
            struct.pack("<HH", tag, 4 if struct.pack("<HHI", tag, 4, 1) in content else 3)
        )
        content = content[: at + 2] + struct.pack("<HII", 4, 1, value) + content[at + 12 :]
    return content


def _bmp_of(width: int, height: int) -> bytes:
    content = bytearray(encoded(picture(0, (32, 32)), "BMP"))
    content[18:26] = struct.pack("<ii", width, height)
    return bytes(content)
