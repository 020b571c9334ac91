"""Parquet as Hugging Face's `datasets` opens it: pictures inside, features in the metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from apps.datasets.formats import columns
from apps.datasets.formats.members import Format, Member, Place
from apps.datasets.formats.shards import Sharder, shards
from apps.datasets.formats.tables import row_of
from apps.datasets.manifest import Entry
from apps.datasets.material import Material, picture_name

if TYPE_CHECKING:
    import pyarrow

GROUP_IMAGES = 100
GROUP_BYTES = 8 * 1024 * 1024
"""Images are written in groups that fit in memory, and are read back by the group."""
TEXTS = ("sha256", "origin", "split", "basis", "method", "lineage", "format")
NUMBERS = ("width", "height")
SOURCES = {"label": "class_index"}
"""Columns that are named otherwise than in tables."""


def members(material: Material) -> Iterator[Member]:
    """Every shard."""
    for name, entries in shards(material):
        yield Member(_file(name), len(entries), partial(_write, material, entries))


def _write(material: Material, entries: list[Entry], file: BinaryIO) -> None:
    import pyarrow
    from pyarrow import parquet

    classes = material.classes
    schema = _schema(classes)
    with parquet.ParquetWriter(
        pyarrow.PythonFile(file, mode="w"),
        schema,
        compression="none",  # pictures are compressed already
        use_dictionary=["origin", "split", "basis", "method", "format"],
        write_statistics=[*TEXTS, *NUMBERS, "label", "agreement"],
    ) as writer:
        for group in _groups(material, entries):
            writer.write_table(_table(schema, classes, group))


def _groups(material: Material, entries: list[Entry]) -> Iterator[list[tuple[Entry, bytes]]]:
    group: list[tuple[Entry, bytes]] = []
    size = 0
    for entry, picture in material.pictures(entries):
        group.append((entry, picture()))
        size += len(group[-1][1])
        if len(group) >= GROUP_IMAGES or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _table(
    schema: pyarrow.Schema, classes: Mapping[str, int], group: list[tuple[Entry, bytes]]
) -> pyarrow.Table:
    import pyarrow

    rows = [row_of(entry, classes, "") for entry, _ in group]
    of_image = list(schema.field("image").type)
    image = pyarrow.StructArray.from_arrays(
        [
            columns.blobs(of_image[0].type, [picture for _, picture in group]),
            columns.texts(of_image[1].type, [picture_name(entry) for entry, _ in group]),
        ],
        fields=of_image,
    )
    rest = [
        _maker(field.type)(field.type, [row[SOURCES.get(field.name, field.name)] for row in rows])
        for field in schema
        if field.name != "image"
    ]
    return pyarrow.Table.from_arrays([image, *rest], schema=schema)


def _maker(kind: pyarrow.DataType) -> Callable[[pyarrow.DataType, list[Any]], pyarrow.Array]:
    import pyarrow

    if pyarrow.types.is_list(kind):
        return columns.lists_of_texts
    return columns.texts if pyarrow.types.is_string(kind) else columns.numbers


def _schema(classes: Mapping[str, int]) -> pyarrow.Schema:
    """The columns, and for Hugging Face what they mean."""
    import pyarrow

    picture = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    fields = [
        ("image", picture),
        ("label", pyarrow.int64()),
        *((name, pyarrow.string()) for name in TEXTS),
        *((name, pyarrow.int32()) for name in NUMBERS),
        ("agreement", pyarrow.float64()),
        ("reviews", pyarrow.list_(pyarrow.string())),
    ]
    features: dict[str, Any] = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": list(classes)},
        **{name: {"_type": "Value", "dtype": "string"} for name in TEXTS},
        **{name: {"_type": "Value", "dtype": "int32"} for name in NUMBERS},
        "agreement": {"_type": "Value", "dtype": "float64"},
        "reviews": {"_type": "Sequence", "feature": {"_type": "Value", "dtype": "string"}},
    }
    information = json.dumps({"info": {"features": features}})
    return pyarrow.schema(fields, metadata={"huggingface": information})


def _file(name: str) -> str:
    return f"data/{name}.parquet"


def places(_: Material) -> Place:
    """An image lies in its shard."""
    sharder = Sharder()
    return lambda entry: _file(sharder.place(entry))


PARQUET = Format(
    about="Pictures and what is known of them in one table, as load_dataset opens it.",
    place=places,
    members=members,
    globs=("data/*.parquet",),
    encodings=("application/x-parquet",),
    split_glob="data/{split}-*.parquet",
    how_to_load="""\
from datasets import load_dataset          # Hugging Face; split names as above
images = load_dataset("{folder}")""",
)
