"""Random orders that follow content and not row numbers: the same in every database."""

from __future__ import annotations

import hashlib

from apps.images.models import Image


def draw(seed: int, key: str) -> str:
    """The place of `key` in the random order of `seed`: 64 hexadecimal digits, in order."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def fraction(seed: int, key: str) -> float:
    """That place as a number in [0, 1)."""
    return int(draw(seed, key)[:8], 16) / 2**32


def group_key(image: Image) -> str:
    """What an image is drawn by: its near-duplicates have the same, and it never changes.

    The first of a group has it before there is a group.
    """
    return image.group or image.pixels_sha256 or image.sha256
