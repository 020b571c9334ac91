"""The bytes that are stored, and what makes two images the same.

Two images are the same when their plain pixels are: upright, sRGB or grey, 8
bits (`decoding`). So a file sent twice is a duplicate, and so is the same picture
sent as PNG and as BMP, or with and without EXIF.

A JPEG whose pixels need no change keeps its compressed data bit for bit and only
loses its metadata; one that must be turned or converted is encoded once more at
the highest useful quality. Everything else is stored as PNG, without loss.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image

from apps.images.completeness import jpeg_without_metadata
from apps.images.decoding import Decoded, Limits, image_decoded
from apps.images.quality.measuring import Measures, image_measures

THUMBNAIL_SIDE = 256
THUMBNAIL_QUALITY = 80
"""Of a JPEG: one of WebP is as large and takes forty times as long to make."""
REDUCING_GAP = 1.0
"""Whole pixels are averaged first, down to less than twice the thumbnail's size, and Hamming's
filter does the rest: together half of the time of Lanczos' filter alone."""
JPEG_QUALITY = 95
PNG_LEVEL = 4
"""A third of the time of zlib's usual 6, for files a few per cent larger."""
HASHED_PIXELS = 1_000_000
"""At a time: a large picture's pixels are not copied whole."""


@dataclass(frozen=True, slots=True)
class CanonicalImage:
    """One image ready to be stored."""

    content: bytes
    sha256: str
    """Of `content`."""
    pixels_sha256: str
    """Of mode, size and pixels."""
    format: str
    """png or jpeg."""
    width: int
    height: int
    thumbnail: bytes | None
    """JPEG; None where the image is as small as a thumbnail."""
    measures: Measures


def image_canonicalise(content: bytes, limits: Limits) -> CanonicalImage:
    """Decode, make plain, and encode one image. Raises `Refuse`."""
    with image_decoded(content, limits) as decoded:
        picture = decoded.picture
        small = _reduced(picture)
        stored, format_ = _encode(decoded, content)
        return CanonicalImage(
            content=stored,
            sha256=hashlib.sha256(stored).hexdigest(),
            pixels_sha256=_pixels_sha256(picture),
            format=format_,
            width=picture.width,
            height=picture.height,
            thumbnail=None if small is picture else _thumbnail(small),
            measures=image_measures(small),
        )


def _pixels_sha256(picture: Image.Image) -> str:
    digest = hashlib.sha256(f"{picture.mode} {picture.width} {picture.height} ".encode())
    if picture.width * picture.height <= HASHED_PIXELS:
        digest.update(picture.tobytes())
        return digest.hexdigest()
    height = max(1, HASHED_PIXELS // picture.width)
    for top in range(0, picture.height, height):
        rows = (0, top, picture.width, min(top + height, picture.height))
        digest.update(picture.crop(rows).tobytes())
    return digest.hexdigest()


def _encode(decoded: Decoded, content: bytes) -> tuple[bytes, str]:
    if decoded.format == "JPEG" and decoded.untouched:
        return jpeg_without_metadata(content), "jpeg"
    buffer = io.BytesIO()
    if decoded.format == "JPEG":
        decoded.picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True)
        return buffer.getvalue(), "jpeg"
    decoded.picture.save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue(), "png"


def _reduced(picture: Image.Image) -> Image.Image:
    """The picture as large as a thumbnail; itself where it is no larger."""
    if max(picture.size) <= THUMBNAIL_SIDE:
        return picture
    scale = THUMBNAIL_SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.HAMMING, reducing_gap=REDUCING_GAP)


def _thumbnail(small: Image.Image) -> bytes:
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=THUMBNAIL_QUALITY)
    return buffer.getvalue()
