"""Annotations that most of the images nearby speak against."""

from __future__ import annotations

import numpy as np

from ml_engine.doubts.mislabelled import Witnesses, class_shares, mislabelled

CLASSES = 4


def clouds(seed: int, count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    classes = random.integers(CLASSES, size=count)
    points = 3 * np.eye(CLASSES, 8)[classes] + spread * random.standard_normal((count, 8))
    return points.astype(np.float32), classes


def test_planted_wrong_annotations_are_found_first_and_named() -> None:
    points, true = clouds(1, 300, 0.8)
    given = true.copy()
    planted = np.arange(0, 300, 20)
    given[planted] = (true[planted] + 1) % CLASSES
    own = np.arange(300)
    found = mislabelled([Witnesses(points, points, given, own)], given, CLASSES, least=0.4)
    assert {doubt.index for doubt in found} == set(planted.tolist())
    assert all(doubt.other == true[doubt.index] for doubt in found)
    margins = [doubt.margin for doubt in found]
    assert margins == sorted(margins, reverse=True)
    assert min(margins) >= 0.4


def test_nobody_speaks_for_their_own_annotation() -> None:
    """One that repeats itself would hide a wrong class: its nearest is itself."""
    points, classes = clouds(2, 40, 0.1)
    others = classes.copy()
    others[0] = (classes[0] + 1) % CLASSES
    shares = class_shares(Witnesses(points[:1], points, others, np.array([0])), CLASSES)
    assert shares[0, others[0]] == 0


def test_too_few_witnesses_say_nothing() -> None:
    points, classes = clouds(3, 10, 1)
    own = np.arange(10)
    assert mislabelled([Witnesses(points, points, classes, own)], classes, 4, least=0) == []
    assert mislabelled([], classes, CLASSES, least=0) == []
