"""What every format is: members of an archive, in an order that never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from apps.datasets.manifest import Entry
from apps.datasets.material import Material, Picture


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an export, written when it is wanted."""

    name: str
    images: int
    """How many pictures it holds."""
    write: Callable[[BinaryIO], None]


def picture_member(name: str, picture: Picture) -> Member:
    """A picture as a file."""
    return Member(name, 1, lambda file: _put(file, picture))


def _put(file: BinaryIO, picture: Picture) -> None:
    file.write(picture())


Place = Callable[[Entry], str]
"""Where an image lies in the export. Asked for each in the order of the lines."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a dataset."""

    about: str
    """In one sentence, for people who choose."""
    place: Callable[[Material], Place]
    members: Callable[[Material], Iterator[Member]]
    table: str = "images.jsonl"
    """The file with a line an image: `images.jsonl` or `images.csv`."""
    globs: tuple[str, ...] = ()
    """Where the pictures are, if they are in it."""
    encodings: tuple[str, ...] = ()
    """Of the files that these find."""
    split_glob: str = ""
    """A split's files, with {split}, where Hugging Face's `load_dataset` opens them."""
    how_to_load: str = ""
    """Python for the card."""
