"""The headers of tus 1.0.0, read and written: https://tus.io/protocols/resumable-upload."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from rest_framework.exceptions import ParseError

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
CHUNK_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1")
MOST_METADATA = 8 * 1024
"""Characters of `Upload-Metadata`."""
MOST_DIGITS = 18
"""A number of more digits is no file's."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request hash to, as their sender says."""

    algorithm: str
    digest: bytes

    def hasher(self) -> hashlib._Hash:
        """An empty hash of the same algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def number_read(name: str, text: str | None) -> int:
    """A header that counts bytes. Raises ParseError, also where it is not there."""
    if text is None:
        raise ParseError(f"The header {name} is missing; send a number of bytes.")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ParseError(f"{name} is {text[:40]!r}; send a whole number of bytes, 0 or more.")
    return int(text)


def metadata_read(text: str) -> dict[str, str]:
    """`Upload-Metadata`: keys with values in Base64, parted by commas. Raises ParseError."""
    if len(text) > MOST_METADATA:
        raise ParseError(f"Upload-Metadata may take {MOST_METADATA // 1024} KiB at most.")
    found: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else []:
        key, _, value = pair.strip().partition(" ")
        if not key or not key.isascii() or key in found:
            raise ParseError(
                f"Upload-Metadata has the key {key[:40]!r}; keys are ASCII, not empty, each once."
            )
        found[key] = _text(key, value.strip())
    return found


def checksum_read(text: str) -> Checksum:
    """`Upload-Checksum`: an algorithm and a digest in Base64. Raises ParseError."""
    algorithm, _, value = text.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise ParseError(f"Checksums are {' or '.join(ALGORITHMS)}, not {algorithm[:40]!r}.")
    try:
        return Checksum(algorithm, base64.b64decode(value.strip(), validate=True))
    except (ValueError, binascii.Error):
        raise ParseError("The digest in Upload-Checksum is no Base64.") from None


def _text(key: str, value: str) -> str:
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError:
        raise ParseError(f"Upload-Metadata {key[:40]} is no text in Base64.") from None
    if "\x00" in text:
        raise ParseError(f"Upload-Metadata {key[:40]} has a NUL in it.")
    return text
