"""Image folders: `split/class/hash.png`, as most loaders take them."""

from __future__ import annotations

from collections.abc import Iterator

from apps.datasets.formats.members import Format, Member, Place, folder_name, picture_member
from apps.datasets.manifest import Entry
from apps.datasets.material import Material, picture_name


def place(entry: Entry) -> str:
    """Where an image lies."""
    return f"{entry.split}/{folder_name(entry.annotation_class)}/{picture_name(entry)}"


def members(material: Material) -> Iterator[Member]:
    """Every picture as a file."""
    for entry, picture in material.pictures(material.entries()):
        yield picture_member(place(entry), picture)


def places() -> Place:
    """Every image has its own."""
    return place


FOLDERS = Format(
    about="A folder a split, in it a folder a class.",
    place=places,
    members=members,
    globs=("*/*/*.png", "*/*/*.jpg"),
    encodings=("image/png", "image/jpeg"),
    split_glob="{split}/**",
    how_to_load="""\
from datasets import load_dataset          # Hugging Face; split names as above
images = load_dataset("{folder}")

from torchvision.datasets import ImageFolder
train = ImageFolder("{folder}/train")""",
)
