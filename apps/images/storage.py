"""Where an image's bytes lie: in Django's default storage, under their SHA-256."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.images.canonical import CanonicalImage

SUFFIXES = {"png": "png", "jpeg": "jpg"}
CONTENT_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp",
}  # fmt: skip
"""By our own formats and suffixes, never by an upload's. WebP is what thumbnails once were."""


def image_key(image: CanonicalImage) -> str:
    """The key of an image's stored bytes."""
    return f"images/{image.sha256[:2]}/{image.sha256}.{SUFFIXES[image.format]}"


def thumbnail_key(image: CanonicalImage) -> str:
    """The key of its thumbnail: its own file where that is small enough."""
    if image.thumbnail is None:
        return image_key(image)
    return f"thumbnails/{image.sha256[:2]}/{image.sha256}.jpg"


def image_store(image: CanonicalImage) -> None:
    """Write an image and its thumbnail, each once: equal bytes have equal keys."""
    _put(image_key(image), image.content)
    if image.thumbnail is not None:
        _put(thumbnail_key(image), image.thumbnail)


def thumbnail_store(image: CanonicalImage) -> None:
    """Write only the thumbnail, as of an image whose bytes stay at a place."""
    small = image.content if image.thumbnail is None else image.thumbnail
    _put(thumbnail_key(image), small)


def key_open(key: str) -> BinaryIO:
    """The stored bytes as an open file; the caller closes it. Raises FileNotFoundError."""
    return cast("BinaryIO", default_storage.open(key, "rb"))


def key_read(key: str) -> bytes:
    """The stored bytes. Raises FileNotFoundError."""
    with key_open(key) as file:
        return file.read()


def _put(key: str, content: bytes) -> None:
    if default_storage.exists(key):
        return
    stored_as = default_storage.save(key, ContentFile(content))
    if stored_as != key:
        # Another process stored the same bytes a moment earlier; theirs are as good.
        default_storage.delete(stored_as)
