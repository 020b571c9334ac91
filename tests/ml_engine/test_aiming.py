from __future__ import annotations

import numpy as np
import pytest

from ml_engine.aiming import aim, copy_radius
from ml_engine.classifiers.inference import Predictions
from ml_engine.config import AimConfig, ImageShape, StopRequestedError
from ml_engine.judged import Judged
from tests.ml_engine.conftest import Heard, StopAfter, never


class PlaneGenerator:
    """Its images are points of a plane: two pixel values, straight from the latent."""

    shape, class_count, latent_size = ImageShape(8, 1), 2, 2

    def sample(self, latents, classes):
        images = np.zeros((len(latents), 1, 8, 8), np.uint8)
        images[:, 0, 0, :2] = (latents * 30 + 128).round().clip(0, 255)
        images[:, 0, 0, 2] = classes
        return images


class PlaneClassifier:
    """Sees the plane; unsure everywhere."""

    shape, class_count = ImageShape(8, 1), 2

    def predict(self, images, batch=256):
        points = (images[:, 0, 0, :2].astype(np.float32) - 128) / 30
        return Predictions(np.full((len(images), 2), 0.5, np.float32), points)


def plane_aim(
    targets, classes, training, *, keep=20, per_kept=20, quantile=0.01, stop=never, judged=None
):
    config = AimConfig(keep=keep, candidates_per_kept=per_kept, copy_quantile=quantile, threads=1)
    return aim(
        PlaneGenerator(), PlaneClassifier(),
        targets_features=np.array(targets, np.float32), targets_classes=np.array(classes),
        training_features=np.array(training, np.float32), config=config, seed=5,
        on_event=Heard(), should_stop=stop, judged=judged,
    )  # fmt: skip


FAR_AWAY = [[50.0, 50.0]]  # a single training image has no neighbour: nothing is a copy


def test_it_keeps_candidates_near_their_target_and_of_its_class():
    targets, classes = [[1.0, 0.0], [-1.0, 0.0]], [0, 1]
    aimed = plane_aim(targets, classes, FAR_AWAY)
    assert len(aimed) == 20
    assert (aimed.classes == np.array(classes)[aimed.parents]).all()
    assert aimed.parent_distances.max() < 0.7
    assert (np.diff(aimed.parent_distances) >= 0).all()
    assert (aimed.images[:, 0, 0, 2] == aimed.classes).all()
    assert aimed.uncertainties == pytest.approx(1)
    assert aimed.candidates == 400 == len(aimed) + sum(aimed.dropped.values())


def test_no_target_takes_everything():
    crowd = [[0.0, 0.0]] + [[30.0 + i, 30.0] for i in range(9)]
    aimed = plane_aim(crowd, [0] * 10, FAR_AWAY)
    assert np.bincount(aimed.parents, minlength=10).max() <= 4


def test_near_copies_of_training_images_are_dropped():
    training = np.random.default_rng(0).normal(size=(400, 2))
    radius = copy_radius(training, 0.5)
    aimed = plane_aim([[0.0, 0.0]], [0], training, quantile=0.5)
    assert aimed.training_distances.min() >= radius > 0
    assert aimed.dropped["copies_training"] > 0


def test_kept_images_are_no_near_copies_of_each_other():
    training = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2) * 0.3 + 9
    aimed = plane_aim([[0.0, 0.0]], [0], training, quantile=0.5)
    points = PlaneClassifier().predict(aimed.images).features
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(len(points))
    assert gaps.min() >= copy_radius(training, 0.5) == pytest.approx(0.3)
    assert aimed.dropped["copies_kept"] > 0


def test_candidates_like_refused_images_are_dropped_and_counted():
    judged = Judged(
        right=np.array([[-1.0, 0.0]]), right_classes=np.array([0]),
        refused=np.array([[1.0, 0.0]]), refused_classes=np.array([0]),
    )  # fmt: skip
    aimed = plane_aim([[0.0, 0.0]], [0], FAR_AWAY, judged=judged)
    points = PlaneClassifier().predict(aimed.images).features
    assert points[:, 0].max() <= 0
    assert 0 < aimed.dropped["like_refused"] <= 200
    assert aimed.candidates == 400 == len(aimed) + sum(aimed.dropped.values())


def test_the_same_seed_aims_the_same():
    first, again = (plane_aim([[1.0, 0.0]], [0], FAR_AWAY) for _ in range(2))
    assert (first.indices == again.indices).all()
    assert (first.images == again.images).all()


def test_it_stops_when_asked_and_needs_a_target():
    with pytest.raises(StopRequestedError):
        plane_aim([[0.0, 0.0]], [0], FAR_AWAY, stop=StopAfter(0))
    with pytest.raises(ValueError, match="no uncertain image"):
        plane_aim(np.zeros((0, 2)), [], FAR_AWAY)
