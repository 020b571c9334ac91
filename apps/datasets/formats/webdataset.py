"""WebDataset: tar files in which an image's picture, class and description lie together."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from apps.datasets.formats.members import Format, Member, Place
from apps.datasets.formats.shards import Sharder, shards
from apps.datasets.formats.tables import row_of
from apps.datasets.manifest import Entry
from apps.datasets.material import Material, picture_name

END = bytes(2 * tarfile.BLOCKSIZE)


def members(material: Material) -> Iterator[Member]:
    """Every shard."""
    for name, entries in shards(material):
        write = partial(_write, material, name, entries)
        yield Member(_file(name), len(entries), write)


def _write(material: Material, name: str, entries: list[Entry], file: BinaryIO) -> None:
    classes = material.classes
    for entry, picture in material.pictures(entries):
        row = row_of(entry, classes, _file(name))
        _add(file, f"{entry.sha256}.cls", str(row["class_index"]).encode())
        _add(file, f"{entry.sha256}.json", json.dumps(row, ensure_ascii=False).encode())
        _add(file, picture_name(entry), picture())
    file.write(END)


def _add(file: BinaryIO, name: str, content: bytes) -> None:
    """One file of the tar: undated, of nobody."""
    header = tarfile.TarInfo(name)
    header.size = len(content)
    file.write(header.tobuf(tarfile.USTAR_FORMAT))
    file.write(content)
    file.write(bytes(-len(content) % tarfile.BLOCKSIZE))


def _file(name: str) -> str:
    return f"shards/{name}.tar"


def places(_: Material) -> Place:
    """An image lies in its shard."""
    sharder = Sharder()
    return lambda entry: _file(sharder.place(entry))


WEBDATASET = Format(
    about="Tar shards to stream from, with pictures, class numbers and descriptions.",
    place=places,
    members=members,
    globs=("shards/*.tar",),
    encodings=("application/x-tar",),
    how_to_load="""\
import glob, webdataset
shards = sorted(glob.glob("{folder}/shards/train-*.tar"))
train = webdataset.WebDataset(shards, shardshuffle=False)
train = train.decode("pil").to_tuple("png;jpg", "cls")""",
)
