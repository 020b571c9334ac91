"""Archives that are broken or mean harm."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from random import Random

from config.benches.hostile.pictures import File, png

GOOD = {"first.png": png(11), "boot/second.png": png(12)}
WAYS_OUT = [
    "../out.png", "../../../../../../tmp/out.png", "a/../../out.png", "/tmp/out.png",  # noqa: S108
    "//tmp/out.png", "..\\out.png", "C:\\out.png", "C:out.png", "\\\\host\\share\\out.png",
    "a/./../../out.png", "..", ".", "/", "", " ", "a" * 5000, "a/" * 500 + "x.png", "nul\x00.png",
    "line\nbreak.png", "\x1b[2J.png", "~/.ssh/authorized_keys", "${HOME}/x.png", "con.png", "-rf",
    "\u202egnp.exe", "%2e%2e%2fout.png", "images/../../secret_key", "<script>alert(1)</script>.png",
]  # fmt: skip


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def tarred(
    members: Mapping[str, bytes | tarfile.TarInfo], compress: bool = False, **options: int
) -> bytes:
    """A tar of files, or of ready-made headers for what is no file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue()) if compress else buffer.getvalue()


def cut() -> Iterator[File]:
    """Archives cut at every hundredth, or every second, of their length."""
    for name, whole in {"a.zip": zipped(GOOD), "a.tar.gz": tarred(GOOD, compress=True)}.items():
        for percent in range(1, 100):
            yield f"cut at {percent} {name}", whole[: len(whole) * percent // 100]


def ways_out() -> Iterator[File]:
    """Members whose names lead out of wherever they are put."""
    for number, name in enumerate(WAYS_OUT):
        members = {"first.png": GOOD["first.png"], name: png(100 + number), **GOOD}
        yield f"out {number}.zip", zipped(members)
        yield f"out {number}.tar", tarred(members)
    for kind, target in (
        (tarfile.SYMTYPE, "/etc/passwd"), (tarfile.SYMTYPE, "../.."),
        (tarfile.LNKTYPE, "first.png"), (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.CHRTYPE, ""), (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""), (tarfile.DIRTYPE, ""), (b"Z", ""), (tarfile.CONTTYPE, ""),
    ):  # fmt: skip
        info = tarfile.TarInfo("member")
        info.type, info.linkname = kind, target
        # A link to a folder, and then a file through it.
        yield "special.tar", tarred({**GOOD, "member": info, "member/x.png": png(90)})
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("link.png/x.png", png(91))
    yield "link.zip", buffer.getvalue()


def bombs() -> Iterator[File]:
    """Archives that unpack to more than they should, or without end."""
    flat = zipped({"bomb.bmp": bytes(50_000_000)})
    yield "flat.zip", flat
    yield "many members.zip", zipped({f"{n}.bmp": bytes(1_000_000) for n in range(60)})
    nested = zipped(GOOD)
    for depth in range(6):
        nested = zipped({f"{depth}.zip": nested, "first.png": png(20 + depth)})
        yield f"nested {depth}.zip", nested
        yield f"nested {depth}.tar.gz", tarred({"a.zip": nested}, compress=True)
    yield "bomb.tar.gz", tarred({"bomb.bmp": bytes(50_000_000)}, compress=True)
    yield "zeros.gz", gzip.compress(bytes(50_000_000))
    yield "twice.gz", gzip.compress(gzip.compress(bytes(50_000_000)))
    yield "no tar.gz", gzip.compress(png())
    yield "empty members.zip", zipped({f"{n}.png": b"" for n in range(3_000)})
    yield "empty members.tar.gz", tarred({f"{n}.png": b"" for n in range(3_000)}, compress=True)
    end = flat.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", flat[end + 16 : end + 20])[0]
    for count in (50, 3_000):
        tail = bytearray(flat[end:])
        tail[8:12] = struct.pack("<HH", count, count)
        tail[12:16] = struct.pack("<I", (end - start) * count)
        yield f"{count} overlapping.zip", flat[:start] + flat[start:end] * count + bytes(tail)


def lies() -> Iterator[File]:
    """Archives whose own tables do not say the truth."""
    whole = zipped(GOOD)
    for offset in range(4, 22, 2):
        for value in (0, 1, 0x7FFF, 0xFFFF):
            content = bytearray(whole)
            content[len(content) - 22 + offset : len(content) - 20 + offset] = struct.pack(
                "<H", value
            )
            yield f"end {offset} {value}.zip", bytes(content)
    for flag, method in ((1, 8), (0, 14), (0, 12), (0, 99), (0x800, 8), (0x2000, 8)):
        content = bytearray(whole)
        for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = content.index(signature) + at
            content[place : place + 4] = struct.pack("<HH", flag, method)
        yield f"flag {flag} method {method}.zip", bytes(content)
    header = bytearray(tarred(GOOD))
    for size in (b"77777777777\x00", b"-1\x00", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"a" * 12):
        content = bytearray(header)
        content[124 : 124 + len(size)] = size
        content[148:156] = b" " * 8
        content[148:156] = b"%06o\x00 " % sum(content[:512])
        yield "size.tar", bytes(content)
    for kind in (
        tarfile.GNUTYPE_LONGNAME,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.GNUTYPE_SPARSE,
    ):
        info = tarfile.TarInfo("././@LongLink")
        info.type, info.size = kind, 3_000_000
        yield "endless header.tar", info.tobuf() + Random(0).randbytes(3_000_000)  # noqa: S311
    for words in ("path=../../out.png", "size=99999999999999", "GNU.sparse.realsize=9e9", "path="):
        record = f"{len(words) + 4} {words}\n".encode()
        info = tarfile.TarInfo("pax")
        info.type, info.size = tarfile.XHDTYPE, len(record)
        yield "pax.tar", info.tobuf() + record.ljust(512, b"\x00") + tarred(GOOD)


def damaged(count: int, seed: int) -> Iterator[File]:
    """Good archives with some wrong bytes."""
    noise = Random(seed)  # noqa: S311
    wholes = {"zip": zipped(GOOD), "tar": tarred(GOOD), "tar.gz": tarred(GOOD, compress=True)}
    for number in range(count):
        ending = list(wholes)[number % 3]
        content = bytearray(wholes[ending])
        for _ in range(1 + number % 20):
            content[noise.randrange(2, len(content))] = noise.randrange(256)
        yield f"damaged {number}.{ending}", bytes(content)
