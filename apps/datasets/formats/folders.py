"""Image folders: `split/class/hash.png`, as most loaders take them."""

from __future__ import annotations

from collections.abc import Iterator

from apps.datasets.formats.members import Format, Member, Place, picture_member
from apps.datasets.formats.names import folder_names
from apps.datasets.material import Material, picture_name


def members(material: Material) -> Iterator[Member]:
    """Every picture as a file."""
    place = places(material)
    for entry, picture in material.pictures(material.entries()):
        yield picture_member(place(entry), picture)


def places(material: Material) -> Place:
    """Every image has its own."""
    folders = folder_names(material.classes)
    return lambda entry: f"{entry.split}/{folders[entry.annotation_class]}/{picture_name(entry)}"


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
