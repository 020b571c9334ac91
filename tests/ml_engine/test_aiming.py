from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ml_engine.aiming import aim, copy_radius
from ml_engine.candidates import Targets
from ml_engine.classifiers.inference import Predictions
from ml_engine.config import AimConfig, ImageShape, StopRequestedError
from ml_engine.generators.protocol import CannotEncodeError
from ml_engine.judged import Judged
from ml_engine.latents.spaces import pixels, spaces
from tests.ml_engine.conftest import Heard, StopAfter, ignore, never


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
        Targets(np.array(targets, np.float32), np.array(classes)),
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


class WalkedPlane(PlaneGenerator):
    """One whose points can be searched: what is drawn is where the latent lies."""

    config_type, device, has_gradients = SimpleNamespace(title="A plane"), torch.device("cpu"), True

    def draw(self, z, classes):
        values = torch.full((len(z), 1, 8, 8), -1.0)
        values[:, 0, 0, :2] = ((z * 30 + 128) / 127.5 - 1).clamp(-1, 1)
        values[:, 0, 0, 2] = classes / 127.5 - 1
        return values

    def encode(self, images, classes):
        raise CannotEncodeError


class PlaneBorder(PlaneClassifier):
    """Right of 1 lies class 1; the nearer to it, the less sure."""

    def predict(self, images, batch=256):
        points = super().predict(images).features
        right = 1 / (1 + np.exp(-4 * (points[:, 0] - 1)))
        return Predictions(np.stack([1 - right, right], axis=1).astype(np.float32), points)


def varied(
    targets, classes, *, keep=20, generator=None, images=None, heard=ignore, training=FAR_AWAY
):
    generator = generator or WalkedPlane()
    points = np.array(targets, np.float32)
    if images is None:
        images = PlaneGenerator().sample(points, np.array(classes))
    config = AimConfig(
        way="invert", keep=keep, candidates_per_kept=20, threads=1, inversion_steps=60,
        inversion_draws=64,
    )  # fmt: skip
    return aim(
        generator, PlaneBorder(), Targets(points, np.array(classes), images),
        training_features=np.array(training, np.float32), config=config, seed=5, on_event=heard,
        should_stop=never,
    )  # fmt: skip


def test_variants_stay_with_their_target_keep_its_class_and_are_the_least_sure():
    aimed = varied([[0.7, 1.0], [-1.0, -1.0]], [0, 0])
    assert len(aimed) == 20
    assert (np.diff(aimed.uncertainties) <= 0).all()
    points = PlaneClassifier().predict(aimed.images).features
    assert (points[:, 0] <= 1).all()
    assert aimed.dropped["class_lost"] > 0
    assert aimed.parent_distances.max() < 2.5
    assert np.bincount(aimed.parents).max() <= 20
    assert aimed.candidates == 400 == len(aimed) + sum(aimed.dropped.values())


def test_a_variant_is_made_again_from_what_is_kept_of_it():
    aimed = varied([[0.7, 1.0]], [0], keep=10)
    again = WalkedPlane()
    space = spaces(again)[aimed.space]
    drawn = pixels(space, torch.from_numpy(aimed.latents), torch.from_numpy(aimed.classes))
    assert (drawn == aimed.images).all()
    assert len(aimed.paths) == len(aimed)
    for path in aimed.paths:
        assert 0 <= path["share"] <= 0.35
        assert path["pixel_distance"] < 0.05
        assert ("direction" in path) == (path["toward"] % 2 == 1)
    assert (varied([[0.7, 1.0]], [0], keep=10).images == aimed.images).all()


def test_where_no_candidate_is_good_enough_the_batch_is_empty_and_says_why():
    copies = plane_aim([[0.0, 0.0]], [0], [[0.0, 0.0], [50.0, 0.0]])
    assert copies.images.shape == (0, 1, 8, 8)
    assert copies.dropped["copies_training"] == copies.candidates
    copies = varied([[0.7, 1.0]], [0], training=[[0.0, 0.0], [50.0, 0.0]])
    assert copies.images.shape == (0, 1, 8, 8)
    assert copies.paths == []
    assert copies.dropped["copies_training"] == copies.candidates


def test_a_generator_without_latents_draws_and_says_so():
    heard = Heard()
    plain = PlaneGenerator()
    plain.config_type = SimpleNamespace(title="Augmentation")
    aimed = varied([[0.7, 1.0]], [0], keep=10, generator=plain, heard=heard)
    assert aimed.paths is None
    assert "candidates are drawn" in heard[0].message
    with pytest.raises(ValueError, match="must be given"):
        aim(
            WalkedPlane(), PlaneBorder(), Targets(np.ones((1, 2), np.float32), np.zeros(1, int)),
            training_features=np.array(FAR_AWAY), config=AimConfig(way="invert"), seed=1,
            on_event=ignore, should_stop=never,
        )  # fmt: skip
