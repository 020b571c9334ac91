"""Planted junk and wrong annotations are counted as what they are."""

from __future__ import annotations

import numpy as np

from ml_engine.config import ClassifierConfig
from ml_engine.studies.doubting import PLANTED, Counts, doubting, junk
from ml_engine.studies.pictures import Pictures


def made_pictures(seed: int, count: int) -> Pictures:
    """Dark pictures, whose class is where they are bright."""
    random = np.random.default_rng(seed)
    classes = random.integers(3, size=count)
    images = random.integers(0, 60, (count, 1, 16, 16)).astype(np.uint8)
    for image, one in zip(images, classes, strict=True):
        image[:, :, one * 5 : one * 5 + 5] += np.uint8(random.integers(80, 160))
    return Pictures(images, classes)


def test_most_junk_and_most_wrong_annotations_are_found_and_little_else(tmp_path):
    found = doubting(
        made_pictures(1, 900), made_pictures(2, 150), tmp_path,
        class_count=3, share=0.05, seed=1,
        counts=Counts(annotated=120, guidance=200, pool=400),
        config=ClassifierConfig(steps=40, batch_size=32, mirror=False),
    )  # fmt: skip
    assert found.false_outliers < 0.08
    assert found.outliers["inverted"] == found.outliers["noise"] == 1
    assert found.outliers["another_data_set"] < 0.1  # it is the same one
    assert found.wrong_found > 0.7
    assert found.wrong_share > 0.7


def test_each_kind_of_junk_is_of_the_shape_of_what_belongs():
    images = made_pictures(1, 150).images
    kinds = junk(images, images, np.random.default_rng(0))
    assert {one.shape for one in kinds.values()} == {(PLANTED, 1, 16, 16)}
    assert {one.dtype for one in kinds.values()} == {np.dtype(np.uint8)}
    drawn, shuffled = 255 - kinds["inverted"], kinds["shuffled"]
    assert (np.sort(shuffled.reshape(PLANTED, -1)) == np.sort(drawn.reshape(PLANTED, -1))).all()
    assert (shuffled != drawn).any()
