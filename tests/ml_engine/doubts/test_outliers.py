"""Images that lie far from all that is annotated, and how many others are taken for such."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.doubts.annotated import Annotated
from ml_engine.doubts.neighbours import coarse_look, nearest_rows
from ml_engine.doubts.outliers import Look, outliers, usable_looks

LENGTH = 6


def drawn(seed: int, count: int) -> np.ndarray:
    """Points of three clouds."""
    random = np.random.default_rng(seed)
    centres = 4 * np.eye(3, LENGTH)[random.integers(3, size=count)]
    return (centres + random.standard_normal((count, LENGTH))).astype(np.float32)


def look(images: np.ndarray, bank: np.ndarray, judges: int, name: str = "a") -> Look:
    return Look(name, images, bank, np.arange(judges), 3)


def test_of_images_like_the_judges_no_more_than_the_share_is_found() -> None:
    """Over forty worlds; a look that is used twice shares out its part."""
    found = []
    for seed in range(40):
        points = drawn(seed, 700)
        one = look(points[300:], points[:300], 300)
        found.append(len(outliers([one, one], 0.04)) / 400)
    assert 0.008 < np.mean(found) < 0.045


def test_what_lies_far_away_is_found_by_whichever_look_sees_it() -> None:
    bank, images = drawn(1, 400), drawn(2, 50)
    seen = images.copy()
    seen[[7, 31]] += 20
    blind = look(images, bank, 400, "blind")
    sharp = look(seen, bank, 400, "sharp")
    found = {doubt.index: doubt for doubt in outliers([blind, sharp], 0.01)}
    assert {7, 31} <= set(found)
    assert {found[7].look, found[31].look} == {"sharp"}
    assert found[7].distance > 5 * found[7].threshold
    assert outliers([blind, sharp], 0.01) == outliers([blind, sharp], 0.01)


def test_a_look_with_too_few_judges_leaves_its_part_to_the_others() -> None:
    bank, images = drawn(1, 200), drawn(2, 5)
    many, few, none = look(images, bank, 150), look(images, bank, 60), look(images, bank, 0)
    assert usable_looks([few, many, none], 0.02) == [many]
    assert usable_looks([few, many], 0.05) == [many, few]
    assert usable_looks([none], 0.5) == []
    assert outliers([few], 0.001) == []


def test_neighbours_are_the_nearest_others() -> None:
    bank = drawn(3, 30)
    own = np.array([4, 9])
    rows, lengths = nearest_rows(bank[own], bank, 5, own)
    for place, row in enumerate(own):
        apart = np.linalg.norm(bank - bank[row], axis=1)
        apart[row] = np.inf
        assert rows[place].tolist() == np.argsort(apart)[:5].tolist()
        assert lengths[place] == pytest.approx(np.sort(apart)[:5], abs=1e-3)
    with pytest.raises(ValueError, match="29 other images has no 30 nearest"):
        nearest_rows(bank[own], bank, 30, own)


def test_a_class_with_fewer_images_than_are_looked_at_is_rare() -> None:
    classes = np.array([0] * 5 + [1] * 4 + [3] * 9)
    known = Annotated(drawn(1, 18), drawn(2, 18), classes, np.ones(18, bool))
    assert known.rare_classes(5) == [1, 2, 4]


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (16, 3), (64, 1)])
def test_a_coarse_look_tells_where_it_is_bright(size: int, channels: int) -> None:
    images = np.zeros((2, channels, size, size), np.uint8)
    images[1, :, : size // 2] = 255
    seen = coarse_look(images).reshape(2, channels, 7, 7)
    assert seen[0].max() == 0
    assert (seen[1, :, :3] > 0.99).all()
    assert (seen[1, :, 4:] < 0.01).all()
