from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from ml_engine.config import ImageShape
from ml_engine.packs import PackError, open_pack, write_pack
from ml_engine.writing import DiskFullError
from tests.ml_engine.conftest import files_of_at_most

GREY = ImageShape(8, 1)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_it_packs_files_bytes_and_functions_in_order(tmp_path):
    file = tmp_path / "grey.png"
    Image.new("L", (8, 8), 10).save(file)
    items = [
        ("a", file),
        ("b", png(Image.new("L", (8, 8), 20))),
        ("c", lambda: Image.new("L", (8, 8), 30)),
    ]
    pack = write_pack(tmp_path / "pack", GREY, items, 3)
    assert pack.images.shape == (3, 1, 8, 8)
    assert pack.images[:, 0, 0, 0].tolist() == [10, 20, 30]
    assert pack.rows(["c", "a"]).tolist() == [2, 0]
    assert not pack.images.flags.writeable


def test_it_keeps_an_image_of_training_size_to_the_pixel(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    item = ("a", lambda: Image.fromarray(pixels))
    pack = write_pack(tmp_path / "pack", ImageShape(8, 3), [item], 1)
    assert (pack.images[0] == pixels.transpose(2, 0, 1)).all()


def test_it_averages_the_central_square_of_a_larger_image(tmp_path):
    pixels = np.zeros((16, 32), np.uint8)
    pixels[:, 8:24] = np.tile([[0, 200], [200, 0]], (8, 8))
    pack = write_pack(tmp_path / "pack", GREY, [("a", lambda: Image.fromarray(pixels))], 1)
    assert (pack.images == 100).all()


def test_it_keeps_the_brightness_of_sixteen_bit_images(tmp_path):
    image = Image.fromarray(np.full((8, 8), 0x8000, np.uint16))
    pack = write_pack(tmp_path / "pack", GREY, [("a", png(image))], 1)
    assert (pack.images == 0x80).all()


def test_it_opens_what_is_already_packed_without_reading_the_items(tmp_path):
    write_pack(tmp_path / "pack", GREY, [("a", lambda: Image.new("L", (8, 8)))], 1)
    again = write_pack(tmp_path / "pack", GREY, iter([]), 1)
    assert again.keys == ["a"]
    with pytest.raises(PackError, match="not of"):
        write_pack(tmp_path / "pack", ImageShape(16, 1), [], 1)


@pytest.mark.parametrize(
    ("items", "count", "sentence"),
    [
        ([("a", b"no image")], 1, "'a' cannot be decoded"),
        ([("a", lambda: Image.new("L", (8, 8)))] * 2, 2, "given twice"),
        ([("a", lambda: Image.new("L", (8, 8)))], 2, "1 images were given where 2"),
        ([], 0, "at least one image"),
    ],
)
def test_it_leaves_nothing_behind_when_an_item_is_wrong(tmp_path, items, count, sentence):
    with pytest.raises(PackError, match=sentence):
        write_pack(tmp_path / "pack", GREY, items, count)
    assert list(tmp_path.iterdir()) == []


def test_it_says_what_is_wrong_with_a_damaged_pack(tmp_path):
    path = tmp_path / "pack"
    with pytest.raises(PackError, match="no pack"):
        open_pack(path)
    write_pack(path, GREY, [("a", lambda: Image.new("L", (8, 8)))], 1)
    with pytest.raises(PackError, match="holds no image 'z'"):
        open_pack(path).rows(["z"])

    array = (path / "images.npy").read_bytes()
    (path / "images.npy").write_bytes(array[:-5])
    with pytest.raises(PackError, match="damaged"):
        open_pack(path)
    np.save(path / "images.npy", np.zeros((2, 1, 8, 8), np.uint8))
    with pytest.raises(PackError, match="damaged"):
        open_pack(path)
    (path / "pack.json").write_text(json.dumps({"version": 99}))
    with pytest.raises(PackError, match="unknown format 99"):
        open_pack(path)


def test_a_pack_that_finds_no_room_says_so_and_leaves_nothing(tmp_path):
    items = [(str(number), lambda: Image.new("L", (8, 8))) for number in range(50)]
    with files_of_at_most(1000), pytest.raises(DiskFullError, match=f"room .* in {tmp_path}"):
        write_pack(tmp_path / "pack", GREY, items, 50)
    assert list(tmp_path.iterdir()) == []
