"""COCO, for classification: an annotation says which class the whole image shows.

No box is invented where nobody drew one: annotations have neither `bbox` nor
`segmentation`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any, BinaryIO

from apps.datasets.formats.members import Format, Member, Place, picture_member
from apps.datasets.manifest import Entry
from apps.datasets.material import Material, picture_name
from apps.images.models import Image


def place(entry: Entry) -> str:
    """Where an image lies."""
    return f"images/{entry.split}/{picture_name(entry)}"


def members(material: Material) -> Iterator[Member]:
    """A file of annotations a split, then every picture."""
    for split in Image.Split.values:
        if next(material.entries(split), None):
            write = partial(_annotations, material, split)
            yield Member(f"annotations/{split}.json", 0, write)
    for entry, picture in material.pictures(material.entries()):
        yield picture_member(place(entry), picture)


def _annotations(material: Material, split: str, file: BinaryIO) -> None:
    ids = {name: position + 1 for name, position in material.classes.items()}
    head = {
        "info": {
            "description": f"{material.project.name}, {material.version}, {split}: classes of"
            " whole images, so annotations have no bbox and no segmentation.",
            "version": str(material.version.number),
            "date_created": material.version.created_at.isoformat(timespec="seconds"),
        },
        "licenses": [],
        "categories": [
            {"id": number, "name": name, "supercategory": ""} for name, number in ids.items()
        ],
    }
    file.write(_json(head)[:-1])
    _list(file, "images", material, split, _image)
    _list(file, "annotations", material, split, partial(_annotation, ids))
    file.write(b"}")


def _list(
    file: BinaryIO,
    name: str,
    material: Material,
    split: str,
    item: Callable[[int, Entry], dict[str, Any]],
) -> None:
    """A list of the document, an item at a time. Ids are the same in every split's file."""
    file.write(f', "{name}": ['.encode())
    between = b"\n"
    for number, entry in zip(count(1), material.entries(), strict=False):
        if entry.split == split:
            file.write(between + _json(item(number, entry)))
            between = b",\n"
    file.write(b"\n]")


def _image(number: int, entry: Entry) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": place(entry).removeprefix("images/"),
        "width": entry.width,
        "height": entry.height,
        "sha256": entry.sha256,
        "origin": entry.origin,
        "lineage": entry.lineage,
    }


def _annotation(ids: dict[str, int], number: int, entry: Entry) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": number,
        "category_id": ids[entry.annotation_class],
        "basis": entry.basis,
        "agreement": entry.agreement,
    }


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def places(_: Material) -> Place:
    """Every image has its own."""
    return place


COCO = Format(
    about="Annotations of whole images, without boxes, and the pictures.",
    place=places,
    members=members,
    globs=("images/*/*.png", "images/*/*.jpg"),
    encodings=("image/png", "image/jpeg"),
    how_to_load="""\
from pycocotools.coco import COCO          # annotations are of whole images: no bbox
train = COCO("{folder}/annotations/train.json")""",
)
