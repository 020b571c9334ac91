from __future__ import annotations

import numpy as np

from ml_engine.judged import Judged, like_refused


def judged(right, refused, right_classes=None, refused_classes=None):
    right, refused = np.array(right, float), np.array(refused, float)
    return Judged(
        right, np.array(right_classes or [0] * len(right)),
        refused, np.array(refused_classes or [0] * len(refused)),
    )  # fmt: skip


def alike(points, known, classes=None):
    return like_refused(np.array(points, float), np.array(classes or [0] * len(points)), known)


def test_a_candidate_nearer_to_a_refused_image_than_to_a_right_one_is_like_it():
    known = judged([[0.0, 0.0]], [[10.0, 0.0]])
    assert alike([[1.0, 0.0], [4.9, 0.0], [5.1, 0.0], [9.0, 0.0]], known).tolist() == [
        False, False, True, True,
    ]  # fmt: skip


def test_only_images_of_its_own_class_count():
    known = judged([[0.0, 0.0], [9.0, 0.0]], [[10.0, 0.0]], right_classes=[0, 1])
    points = [[1.0, 0.0], [9.4, 0.0]]
    assert alike(points, known).tolist() == [False, True]
    assert alike(points, known, classes=[1, 1]).tolist() == [False, False]


def test_no_class_is_given_up():
    known = judged([[100.0, 0.0]], [[0.0, 0.0]])
    points = [[x, 0.0] for x in (5.0, 1.0, 3.0, 2.0)]
    assert alike(points, known).tolist() == [False, True, False, True]
    assert not alike([[1.0, 0.0]], known).any()
