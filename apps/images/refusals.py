"""Why a file is not taken in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The named reasons; clients may branch on them, so they never change."""

    NOT_AN_IMAGE = "not_an_image"
    SVG = "svg"
    CORRUPT = "corrupt"
    TRUNCATED = "truncated"
    UNSUPPORTED_PIXELS = "unsupported_pixels"
    TOO_SMALL = "too_small"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    MARKED_SYNTHETIC = "marked_synthetic"
    UNKNOWN_CLASS = "unknown_class"
    UNSAFE_PATH = "unsafe_path"
    LINK = "link"
    SPECIAL_FILE = "special_file"
    ENCRYPTED = "encrypted"
    NESTED_ARCHIVE = "nested_archive"
    UNSUPPORTED_COMPRESSION = "unsupported_compression"
    COMPRESSION_BOMB = "compression_bomb"
    TOO_MANY_MEMBERS = "too_many_members"
    CORRUPT_ARCHIVE = "corrupt_archive"
    BAD_MANIFEST_LINE = "bad_manifest_line"
    NO_SINGLE_CLASS = "no_single_class"
    BAD_URL = "bad_url"
    FORBIDDEN_ADDRESS = "forbidden_address"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BAD_ANSWER = "bad_answer"


class Refuse(Exception):  # noqa: N818 — an answer to the sender, not a failure of ours.
    """This file is not taken in; `detail` is one plain sentence."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken in."""

    name: str
    reason: Reason
    detail: str
