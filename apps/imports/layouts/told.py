"""What a manifest says of a file, and what is wrong with a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.images.refusals import Reason

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "select",
    "valid": "select",
    "validation": "select",
    "dev": "select",
    "select": "select",
    "test": "test",
    "testing": "test",
    "pool": "pool",
    "guidance": "guidance",
}
"""Our splits by the words that others use."""


class ManifestError(Exception):
    """A manifest that cannot be followed; the text says which, where and what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one file."""

    file: str
    """Its name as it is written, with whatever folders; empty for a line that names none."""
    annotation_class: str = ""
    split: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    other_names: tuple[str, ...] = ()
    """Names that it may have come with instead."""
    url: str = ""
    """Where it is, if it is not among the files."""
    refusal: tuple[Reason, str] | None = None
    """Why it cannot be taken in, where what is said of it does not hold."""


def split_read(word: str) -> str:
    """Our split of somebody's word for it. Raises ValueError for a word that means none."""
    if not word:
        return ""
    split = SPLITS.get(word.strip().lower())
    if split is None:
        known = ", ".join(SPLITS)
        raise ValueError(f"there is no split {word[:40]!r}; write one of {known}")
    return split


def split_of_path(path: str) -> str:
    """The split that a path's words tell, such as train of `annotations/instances_train2017.json`.

    The last one counts; empty where there is none.
    """
    words = "".join(sign if sign.isalpha() else " " for sign in path.lower()).split()
    return next((SPLITS[word] for word in reversed(words) if word in SPLITS), "")
