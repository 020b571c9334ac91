"""Each layout's reader says of each image what its manifest does, and no more."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import Any

import pytest

from apps.imports.layouts import LAYOUTS, layout_of
from apps.imports.layouts.coco import coco_read
from apps.imports.layouts.image_folder import class_of_folder, metadata_read, split_of_folder
from apps.imports.layouts.json_stream import MOST_UNREAD_BYTES, json_items
from apps.imports.layouts.label_studio import label_studio_read
from apps.imports.layouts.manifest import manifest_read
from apps.imports.layouts.told import ManifestError, Told, split_of_path

COCO: dict[str, Any] = {
    "info": {"year": 2026},
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 7, "segmentation": [[0.5] * 30_000]},
        {"id": 2, "image_id": 1, "category_id": 7},
        {"id": 3, "image_id": 2, "category_id": 7},
        {"id": 4, "image_id": 2, "category_id": 8},
        {"id": 5, "image_id": 4, "category_id": 99},
    ],
    "images": [{"id": n, "file_name": f"a/{n}.jpg", "height": 1} for n in (1, 2, 3, 4)],
    "categories": [{"id": 7, "name": "boot"}, {"id": 8, "name": "coat"}],
}


def opened(content: object) -> io.BytesIO:
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    return io.BytesIO(content if isinstance(content, bytes) else content.encode())


def brief(told: Told) -> tuple[str, str, str]:
    return told.file, told.annotation_class, told.refusal[1] if told.refusal else ""


def test_coco_gives_an_image_its_only_category() -> None:
    first, second, third, fourth = coco_read("annotations/instances_val2017.json", opened(COCO))
    assert brief(first) == ("a/1.jpg", "boot", "")
    assert second.refusal
    assert "2 categories (boot, coat); an image has one class" in second.refusal[1]
    assert brief(third) == ("a/3.jpg", "", "")
    assert fourth.refusal
    assert first.split == "select"


def task(image: str, *choices: list[str] | None, **more: Any) -> dict[str, Any]:
    annotations = [
        {
            "was_cancelled": chosen is None,
            "result": [{"type": "choices", "value": {"choices": chosen or []}}],
        }
        for chosen in choices
    ]
    return {"data": {"image": image, **more}, "annotations": annotations, "predictions": [{}]}


def test_label_studio_gives_the_majority_of_its_annotations() -> None:
    tasks = [
        task("1.jpg", ["boot"], ["boot"], ["coat"], None, shelf=3),
        task("2.jpg", ["boot"], ["coat"]),
        task("3.jpg", None),
        task("4.jpg", []),
        task("5.jpg", ["boot", "coat"]),
        {"data": {"image": "6.jpg"}},
    ]
    told = list(label_studio_read("x.json", opened(tasks)))
    assert [one.annotation_class for one in told] == ["boot", "", "", "", "", ""]
    assert [bool(one.refusal) for one in told] == [False, True, False, False, True, False]
    assert told[0].metadata == {"shelf": 3}
    assert told[1].refusal
    assert "disagree" in told[1].refusal[1]


@pytest.mark.parametrize(
    ("image", "file", "others", "url"),
    [
        ("/data/upload/3/0a1b2c3d-my%20cat.jpg", "0a1b2c3d-my cat.jpg", ("my cat.jpg",), ""),
        ("/data/local-files/?d=shots/1.jpg", "shots/1.jpg", (), ""),
        ("s3://bucket/shots/1.jpg", "shots/1.jpg", (), ""),
        ("https://a.example/x/1.jpg?k=v", "1.jpg", (), "https://a.example/x/1.jpg?k=v"),
        ("https://[broken/1.jpg", "https://[broken/1.jpg", (), ""),
        ("../../etc/passwd", "../../etc/passwd", (), ""),
    ],
)
def test_label_studio_names_images_in_many_ways(
    image: str, file: str, others: tuple[str, ...], url: str
) -> None:
    (told,) = label_studio_read("x.json", opened([task(image)]))
    assert (told.file, told.other_names, told.url) == (file, others, url)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_may_be_written_in_several_ways(delimiter: str) -> None:
    lines = [
        ["File", "x"],
        ["file", "label", "split", "note"],
        ["a,b;c.png", "boot", "Val", "ä\nö"],
    ]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines[1:])
    (told,) = manifest_read("m.csv", opened(b"\xef\xbb\xbf" + text.encode()))
    assert told == Told("a,b;c.png", "boot", "select", {"note": "ä\nö"})


def test_json_lines_keep_what_they_say_besides_as_metadata() -> None:
    line = {"file_name": "1.png", "class": "boot", "metadata": {"a": 1}, "b": [2]}
    (told,) = manifest_read("m.jsonl", opened(line))
    assert told == Told("1.png", "boot", "", {"a": 1, "b": [2]})


def test_metadata_of_an_image_folder_is_meant_from_where_it_lies() -> None:
    (told,) = metadata_read(
        "set/validation/metadata.csv", opened("file_name,label,text\nx/1.png,boot,hi\n")
    )
    assert told == Told("set/validation/x/1.png", "boot", "select", {"text": "hi"})
    assert split_of_folder("set/validation/boot/1.png") == "select"
    assert class_of_folder("set/validation/boot/1.png") == "boot"
    assert class_of_folder("train/1.png") == ""


def test_a_split_is_a_word_of_a_path_and_no_part_of_one() -> None:
    assert split_of_path("annotations/instances_train2017.json") == "train"
    assert split_of_path("attestation/trainers.json") == ""


@pytest.mark.parametrize(
    ("name", "content", "layout"),
    [
        ("instances.json", COCO, "coco"),
        ("project-1-at-2026.json", [task("1.jpg")], "label_studio"),
        ("train/metadata.jsonl", {"file_name": "1.png"}, "image_folder"),
        ("list.csv", "file,class\n1.png,boot\n", "manifest"),
        ("prices.csv", "shoe,price\nboot,3\n", None),
        ("package.json", {"name": "x", "files": []}, None),
        ("numbers.json", [1, 2], None),
        ("broken.json", "{", None),
        ("deep.json", "[" * 100_000, None),
        ("binary.csv", b"\xff\xfe\x00\x01", None),
        ("empty.csv", "", None),
    ],
)
def test_a_layout_is_told_by_what_is_in_a_file(name: str, content: object, layout: str) -> None:
    assert layout_of(name, opened(content)) == layout


HARM = {
    "deep": b'[{"data": ' + b"[" * 100_000,
    "long": b'[{"data": {"image": "' + b"a" * (MOST_UNREAD_BYTES + 100_000) + b'"}}]',
    "wide": b'[{"data": {"image": [' + b"1," * 100_000 + b"1]}}]",
    "cut": b'[{"data": {"image": "1.jpg"}}, {"da',
    "not_utf8": b'[{"data": {"image": "\xff\xfe"}}]',
    "not_json": b"[{'data': 1}]",
    "surrogate": b'[{"data": {"image": "\\ud800", "x": "\\u0000"}}]',
    "huge_number": b'[{"data": {"image": "1.jpg", "x": 1e999999}}]',
    "no_scalars": b'{"images": [{"id": [1], "file_name": {"a": 1}}]}',
    "no_ids": b'{"images": [{"file_name": "1.jpg"}], "annotations": [{"category_id": 1}]}',
    "big_id": b'{"images": [{"id": 99999999999999999999, "file_name": "1.jpg"}]}',
    "csv": b"file,class\n" + b"x" * 2_000_000,
    "nul": b"file,class\n\x00,boot\n",
    "quotes": b'file,class\n"1.png,boot\n',
    "twins": b"file,file\n1,2\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("content", HARM.values(), ids=HARM)
def test_harm_is_refused_in_words(layout: str, content: bytes) -> None:
    name = "m.csv" if layout in ("manifest", "image_folder") else "m.json"
    said: list[Told] = []
    with suppress(ManifestError):
        said += LAYOUTS[layout].read(name, opened(content))
    assert all(isinstance(one, Told) for one in said)


def test_what_is_passed_over_costs_no_place() -> None:
    entry = {
        "id": 1,
        "segmentation": [[[1]] * 50_000],
        "name": "x",
        "z": {"segmentation": {"a": 1}},
    }
    items = json_items(opened({"images": [entry, {"id": 2}]}), "x", ["images"], ["segmentation"])
    assert list(items) == [("images", {"id": 1, "name": "x", "z": {}}), ("images", {"id": 2})]
