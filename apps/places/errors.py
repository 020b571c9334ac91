"""Why a place could not be read."""

from __future__ import annotations


class PlaceError(Exception):
    """The place, or a key of it, could not be read. `detail` is a plain sentence.

    `transient` says that the same may succeed later; `is_gone` that there is no such key.
    """

    def __init__(self, detail: str, *, transient: bool = False, is_gone: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.transient = transient
        self.is_gone = is_gone
