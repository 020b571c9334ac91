"""An image's bytes, wherever they lie: in storage, or at the place that they stay at."""

from __future__ import annotations

import hashlib

from apps.images.canonical import image_canonicalise
from apps.images.decoding import Limits
from apps.images.models import Image
from apps.images.refusals import Refuse
from apps.images.sources import MOST_FILE_BYTES
from apps.images.storage import key_read
from apps.places.errors import PlaceError
from apps.places.reading import place_read


class ContentLostError(FileNotFoundError):
    """An image's bytes are not where they should be, or have become others; says which."""


def image_bytes(image: Image) -> bytes:
    """PNG or JPEG, upright, without metadata. Raises `ContentLostError`.

    What stays at a place is believed only while its file has the hash that it came with.
    """
    if image.place:
        return _from_place(image)
    try:
        return key_read(image.file)
    except FileNotFoundError:
        raise _lost(image, "is missing from storage; restore it from a backup") from None


def _from_place(image: Image) -> bytes:
    place = image.place
    if place is None:
        raise ValueError("This image lies in storage.")
    try:
        content = place_read(place, image.file, MOST_FILE_BYTES)
    except PlaceError as error:
        if error.is_gone:
            raise _lost(image, f"is missing at its place “{place.name}”; put it back") from None
        raise ContentLostError(
            f"Image {image.pk} ({image.name}) cannot be read at its place “{place.name}”:"
            f" {error.detail}"
        ) from None
    if hashlib.sha256(content).hexdigest() != image.original_sha256:
        raise _lost(image, f"has changed at its place “{place.name}”; put the first file back")
    if image.original_sha256 == image.sha256:
        return content
    return _canonical(image, content)


def _canonical(image: Image, content: bytes) -> bytes:
    """As it would have been stored. It was judged when it came: no limits any more."""
    try:
        canonical = image_canonicalise(content, Limits(1, image.width * image.height))
    except Refuse as refuse:
        raise _lost(image, f"cannot be decoded any more ({refuse.detail})") from None
    if canonical.pixels_sha256 != image.pixels_sha256:
        raise _lost(image, "is decoded to other pixels than when it came")
    return canonical.content


def _lost(image: Image, what: str) -> ContentLostError:
    return ContentLostError(f"Image {image.pk} ({image.name}) {what}, or set the image apart.")
