"""Marks: written by us, read by ExifTool, with every pixel where it was."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from apps.datasets.marks import MarkError, synthetic_mark
from apps.images.provenance import TRAINED_ALGORITHMIC_MEDIA
from tests.datasets import exiftool

LINEAGE = "12-345 <&> ß"


def picture(mode: str, size: tuple[int, int] = (31, 17)) -> Image.Image:
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], len(mode))
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, np.uint8))


def encoded(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


FILES = {
    "grey.png": encoded(picture("L"), format="PNG"),
    "colour.png": encoded(picture("RGB"), format="PNG"),
    "grey.jpg": encoded(picture("L"), format="JPEG"),
    "colour.jpg": encoded(picture("RGB"), format="JPEG", progressive=True),
    "exif.jpg": encoded(picture("RGB"), format="JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "commented.jpg": encoded(picture("RGB"), format="JPEG", comment=b"by hand"),
    "lossy.webp": encoded(picture("RGB"), format="WEBP"),
    "lossless.webp": encoded(picture("RGB"), format="WEBP", lossless=True),
    "transparent.webp": encoded(picture("RGBA"), format="WEBP", lossless=True),
    "lossy-alpha.webp": encoded(picture("RGBA"), format="WEBP"),  # has an extended header
    "wide.webp": encoded(picture("RGB", (1027, 3)), format="WEBP"),
}


def pixels(content: bytes) -> bytes:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image.mode.encode() + str(image.size).encode() + image.tobytes()


@pytest.mark.parametrize("name", FILES)
def test_a_mark_changes_no_pixel(name: str) -> None:
    assert pixels(synthetic_mark(FILES[name], LINEAGE)) == pixels(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_marking_twice_leaves_the_last_mark_only(name: str) -> None:
    once = synthetic_mark(FILES[name], LINEAGE)
    assert synthetic_mark(synthetic_mark(FILES[name], "other"), LINEAGE) == once
    assert once.count(b"<?xpacket begin") == 1


def test_exiftool_reads_the_marks(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(synthetic_mark(content, LINEAGE))
    (tmp_path / "no-lineage.png").write_bytes(synthetic_mark(FILES["grey.png"], None))
    found = {
        Path(read["SourceFile"]).name: read for read in exiftool.tags(*sorted(tmp_path.iterdir()))
    }
    assert set(found) == {*FILES, "no-lineage.png"}
    for name, read in found.items():
        assert read["XMP:DigitalSourceType"] == TRAINED_ALGORITHMIC_MEDIA, name
        assert read.get("XMP:Identifier") == (None if name == "no-lineage.png" else LINEAGE), name
        assert "ExifTool:Error" not in read, read
        assert "ExifTool:Warning" not in read or name == "exif.jpg", read


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"RIFF\0\0\0\0WEBPALPH\0\0\0\0"])
def test_what_cannot_be_marked_is_refused(content: bytes) -> None:
    with pytest.raises(MarkError):
        synthetic_mark(content, LINEAGE)


@pytest.mark.parametrize("name", ["colour.png", "colour.jpg", "lossy.webp"])
def test_a_file_cut_short_raises_nothing_else(name: str) -> None:
    for end in range(0, len(FILES[name]), 7):
        try:
            synthetic_mark(FILES[name][:end], LINEAGE)
        except MarkError:
            continue
