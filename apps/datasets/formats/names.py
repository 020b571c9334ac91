"""Classes' names as folders' that every system takes, no two of them alike."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

UNSAFE = frozenset('<>:"/\\|?*%')
"""What some file system does not take in a name, and the sign that replaces it."""
RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
"""What Windows takes for devices, with whatever ending."""
MOST_BYTES = 200
"""Of a name: file systems take 255."""


def folder_names(classes: Iterable[str]) -> dict[str, str]:
    """By class its folder, told apart where case and accents' forms are not.

    The classes come in the order of their positions, so that a folder stays what it was when
    classes are added.
    """
    folders: dict[str, str] = {}
    taken: set[str] = set()
    for position, name in enumerate(classes):
        folder = folder_name(name)
        while _as_seen(folder) in taken:
            folder += f"~{position}"
        taken.add(_as_seen(folder))
        folders[name] = folder
    return folders


def folder_name(name: str) -> str:
    """A class's name as a folder's: unsafe signs as %XX, and what is too long cut."""
    safe = "".join(
        _escaped(sign) if sign in UNSAFE or not sign.isprintable() else sign for sign in name
    )
    if safe.startswith(".") or safe.partition(".")[0].lower() in RESERVED:
        safe = _escaped(safe[0]) + safe[1:]
    if safe.endswith((".", " ")):
        safe = safe[:-1] + _escaped(safe[-1])
    if len(safe.encode()) > MOST_BYTES:
        safe = safe.encode()[:MOST_BYTES].decode(errors="ignore")
        safe += f"~{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return safe


def _escaped(sign: str) -> str:
    return f"%{ord(sign):02X}"


def _as_seen(folder: str) -> str:
    """What a file system sees that knows no case."""
    return unicodedata.normalize("NFC", folder.casefold())
