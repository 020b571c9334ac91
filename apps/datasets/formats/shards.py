"""Shards: a split's images in parts of bounded size, the same parts every time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from apps.datasets.manifest import Entry
from apps.datasets.material import Material
from apps.images.models import Image

MOST_IMAGES = 10_000
MOST_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class _Filling:
    number: int = 0
    images: int = 0
    bytes: int = 0


class Sharder:
    """Says which part of its split each image falls into. Ask in the order of the lines."""

    def __init__(self) -> None:
        self._splits: dict[str, _Filling] = defaultdict(_Filling)

    def place(self, entry: Entry) -> str:
        """The part's name."""
        filling = self._splits[entry.split]
        is_full = filling.images >= MOST_IMAGES or filling.bytes + entry.bytes > MOST_BYTES
        if is_full and filling.images:
            filling.number, filling.images, filling.bytes = filling.number + 1, 0, 0
        filling.images += 1
        filling.bytes += entry.bytes
        return f"{entry.split}-{filling.number:05d}"


def shards(material: Material) -> Iterator[tuple[str, list[Entry]]]:
    """Every part by name, with its images' lines, split by split."""
    for split in Image.Split.values:
        sharder, name, part = Sharder(), "", list[Entry]()
        for entry in material.entries(split):
            belongs = sharder.place(entry)
            if part and belongs != name:
                yield name, part
                part = []
            name = belongs
            part.append(entry)
        if part:
            yield name, part
