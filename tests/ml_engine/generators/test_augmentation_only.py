from __future__ import annotations

import numpy as np
import pytest

from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from ml_engine.config import generator_config
from ml_engine.generators.protocol import CannotEncodeError
from ml_engine.generators.training import load_generator, sample, train_generator
from ml_engine.packs import array_pack
from tests.ml_engine.conftest import Heard, ignore, never

OFF = {
    "mirror": False, "shift": 0.0, "rotation": 0.0, "scale": 0.0, "shear": 0.0, "elastic": 0.0,
    "brightness": 0.0, "contrast": 0.0, "saturation": 0.0,
}  # fmt: skip
STRENGTHS = {
    "mirror": True, "shift": 0.2, "rotation": 20.0, "scale": 0.3, "shear": 20.0, "elastic": 0.1,
    "brightness": 0.4, "contrast": 0.4,
}  # fmt: skip


def corners(count, channels=1):
    """Pictures (count, channels, 16, 16) with a bright corner, each of another brightness."""
    images = np.full((count, channels, 16, 16), 40, np.uint8)
    for i in range(count):
        images[i, 0, 2:7, 2:7] = 120 + i
    return images


def train(folder, images, targets, class_count=3, on_event=ignore, **settings):
    pack = array_pack(images)
    config = generator_config("augmentation", {**OFF, **settings})
    result = train_generator(
        pack, np.arange(len(pack)), np.asarray(targets), class_count, pack.shape, config, 3, folder,
        on_event=on_event, should_stop=never,
    )  # fmt: skip
    return load_generator(result.folder)


def test_with_every_transform_off_it_draws_real_images_of_the_class(tmp_path):
    images, targets = corners(9), np.arange(9) % 3
    generator = train(tmp_path, images, targets)
    drawn, _ = sample(generator, 1, np.arange(60) % 3)
    for image, c in zip(drawn, np.arange(60) % 3, strict=True):
        assert any((image == one).all() for one in images[targets == c])
    assert len(np.unique(drawn.reshape(60, -1), axis=0)) == 9


@pytest.mark.parametrize("transform", STRENGTHS)
def test_each_transform_alone_varies_a_grey_image(tmp_path, transform):
    generator = train(tmp_path, corners(1), [0], class_count=1, **{transform: STRENGTHS[transform]})
    drawn, _ = sample(generator, 1, np.zeros(30, np.int64))
    variants = len(np.unique(drawn.reshape(30, -1), axis=0))
    assert variants == 2 if transform == "mirror" else variants > 10
    assert drawn.max(axis=(1, 2, 3)).min() > 60


def test_saturation_varies_colour_and_leaves_grey_alone(tmp_path):
    colour = train(tmp_path / "rgb", corners(1, 3), [0], class_count=1, saturation=0.5)
    grey = train(tmp_path / "grey", corners(1), [0], class_count=1, saturation=0.5)
    drawn, grey_drawn = (sample(g, 1, np.zeros(9, np.int64))[0] for g in (colour, grey))
    assert len(np.unique(drawn.reshape(9, -1), axis=0)) == 9
    assert (grey_drawn == corners(1)).all()


def test_what_comes_in_from_outside_repeats_the_edge(tmp_path):
    white = np.full((1, 1, 16, 16), 255, np.uint8)
    generator = train(tmp_path, white, [0], class_count=1, shift=0.3, rotation=45.0, scale=0.4)
    drawn, _ = sample(generator, 1, np.zeros(20, np.int64))
    assert drawn.min() >= 254


def test_no_more_images_are_kept_than_asked_for_and_classes_take_turns(tmp_path):
    targets = np.array([0] * 20 + [1] * 3 + [2] * 2)
    generator = train(tmp_path, corners(25), targets, most_images=8)
    assert generator.state()["class_counts"].tolist() == [3, 3, 2]
    assert len(generator.state()["images"]) == 8


def test_a_class_without_images_is_told_and_borrows_others(tmp_path):
    heard, images = Heard(), corners(4)
    generator = train(tmp_path, images, [0, 0, 1, 1], on_event=heard)
    assert any("The class 2 has no image" in event.message for event in heard)
    drawn, _ = sample(generator, 1, np.full(40, 2))
    assert len(np.unique(drawn.reshape(40, -1), axis=0)) == 4


def test_it_says_that_it_cannot_encode(tmp_path):
    generator = train(tmp_path, corners(3), [0, 1, 2])
    with pytest.raises(CannotEncodeError):
        generator.encode(corners(1), np.zeros(1, np.int64))


@pytest.mark.parametrize("wrong", ["counts", "shape"])
def test_a_checkpoint_that_does_not_add_up_is_refused(tmp_path, wrong):
    train(tmp_path, corners(3), [0, 1, 2])
    state, metadata = load_checkpoint(tmp_path / "checkpoint")
    if wrong == "counts":
        state["class_counts"][0] = 7
    else:
        state["images"] = state["images"][:, :, 1:]
    save_checkpoint(tmp_path / "checkpoint", state, metadata)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_generator(tmp_path / "checkpoint")
