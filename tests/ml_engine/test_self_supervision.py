from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ml_engine.checkpoints import CheckpointError
from ml_engine.classifiers.training import train_classifier
from ml_engine.config import ClassifierConfig, ConfigError, FeaturesConfig, StopRequestedError
from ml_engine.self_supervision import contrastive_loss, load_features, train_features, view
from tests.ml_engine.conftest import StopAfter, ignore, never

CONFIG = FeaturesConfig(steps=40, batch_size=32, checkpoint_every=10, threads=1)


def train(pack, folder, *, config=CONFIG, should_stop=never):
    rows = np.arange(len(pack))
    return train_features(
        pack, rows, config, 3, folder, on_event=ignore, should_stop=should_stop
    )  # fmt: skip


def test_views_that_are_all_alike_cost_the_logarithm_of_the_others_and_found_ones_nothing():
    alike = torch.ones(8, 4)
    assert contrastive_loss(alike, alike, 0.5) == pytest.approx(math.log(15))
    apart = torch.eye(8)
    assert contrastive_loss(apart, apart, 0.05) == pytest.approx(0, abs=1e-6)
    assert contrastive_loss(apart, apart.roll(1, 0), 0.05) == pytest.approx(20, rel=1e-3)


def test_a_view_shows_part_of_the_image_in_another_light_and_mirrors_only_where_it_may():
    ramp = torch.linspace(-0.5, 0.5, 16).expand(64, 1, 16, 16)
    config = FeaturesConfig(mirror=False)
    seen = view(ramp, config, np.random.default_rng(0))
    assert torch.equal(seen, view(ramp, config, np.random.default_rng(0)))
    assert seen.abs().max() <= 1
    rising = seen[:, 0, :, -1] > seen[:, 0, :, 0]
    assert rising.all()
    width = (seen[:, 0, 8, -1] - seen[:, 0, 8, 0]).numpy()
    assert width.max() > 2 * width.min()
    mirrored = view(ramp, FeaturesConfig(), np.random.default_rng(0))
    falling = (mirrored[:, 0, 8, -1] < mirrored[:, 0, 8, 0]).float().mean()
    assert 0.3 < falling < 0.7


def test_without_a_single_class_it_puts_images_of_one_class_together(make_pack, tmp_path):
    pack, classes = make_pack(16, 1, 120)
    result = train(pack, tmp_path / "run")
    features = load_features(result.folder).features(pack.images[:])
    assert features.shape == (120, 128)
    assert np.linalg.norm(features, axis=1) == pytest.approx(1, abs=1e-5)
    alike = features @ features.T
    np.fill_diagonal(alike, -1)
    assert (classes[alike.argmax(axis=1)] == classes).mean() > 0.9


def test_stopped_anywhere_it_goes_on_as_if_it_never_had(make_pack, tmp_path):
    pack, _ = make_pack(16, 1, 60)
    straight = train(pack, tmp_path / "straight")
    for steps in (7, 12):
        with pytest.raises(StopRequestedError):
            train(pack, tmp_path / "stopped", should_stop=StopAfter(steps))
    assert train(pack, tmp_path / "stopped").sha256 == straight.sha256
    looked = StopAfter(0)
    assert train(pack, tmp_path / "straight", should_stop=looked).sha256 == straight.sha256


def test_a_classifiers_checkpoint_is_no_features_and_one_image_teaches_none(make_pack, tmp_path):
    pack, classes = make_pack(16, 1, 30)
    trained = train_classifier(
        pack, np.arange(30), classes, 3, pack.shape, ClassifierConfig(steps=2), 0, tmp_path / "c",
        on_event=ignore, should_stop=never,
    )  # fmt: skip
    with pytest.raises(CheckpointError, match="classifier"):
        load_features(trained.folder)
    with pytest.raises(ValueError, match="two images or more; there are 1"):
        train_features(
            pack, np.arange(1), CONFIG, 0, tmp_path / "f", on_event=ignore, should_stop=never
        )
    with pytest.raises(ConfigError, match="network"):
        FeaturesConfig(network="resnet18")
