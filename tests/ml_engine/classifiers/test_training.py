from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from ml_engine.classifiers.inference import TrainedClassifier, load_classifier, predict
from ml_engine.classifiers.networks import build_classifier
from ml_engine.classifiers.training import train_classifier
from ml_engine.config import ClassifierConfig, ConfigError, ImageShape, StopRequestedError
from ml_engine.resuming import TrainingDivergedError
from tests.ml_engine.conftest import CrashAfter, Heard, StopAfter, ignore, never

CONFIG = ClassifierConfig(steps=24, batch_size=16, threads=1, checkpoint_every=10)


def train(data, folder, *, config=CONFIG, seed=3, should_stop=never, on_event=ignore, **options):
    pack, targets = data
    rows = np.arange(len(pack))
    return train_classifier(
        pack, rows, targets, 3, pack.shape, config, seed, folder,
        on_event=on_event, should_stop=should_stop, **options,
    )  # fmt: skip


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (28, 3)])
def test_it_learns_and_predicts_what_it_learned(make_pack, tmp_path, size, channels):
    data = pack, targets = make_pack(size, channels, 60)
    held_out = np.arange(0, 60, 2)
    heard = Heard()
    result = train(
        data, tmp_path / "run", config=replace(CONFIG, steps=60), on_event=heard,
        calibration=(held_out, targets[::2]),
    )  # fmt: skip
    assert result.train_accuracy > 0.9
    predictions = predict(load_classifier(result.folder), pack, np.arange(60))
    assert (predictions.probabilities.argmax(1) == targets).mean() > 0.9
    assert predictions.probabilities.sum(1) == pytest.approx(1, abs=1e-5)
    assert predictions.features.shape == (60, 128)
    assert np.linalg.norm(predictions.features, axis=1) == pytest.approx(1, abs=1e-5)
    assert any({"loss", "train_accuracy"} <= event.values.keys() for event in heard)
    assert any("calibration_accuracy" in event.values for event in heard)
    assert not (tmp_path / "run" / "resume").exists()


def test_resuming_equals_never_stopping(make_pack, tmp_path):
    data = make_pack()
    straight = train(data, tmp_path / "straight")
    for steps in (7, 10):
        with pytest.raises(StopRequestedError):
            train(data, tmp_path / "stopped", should_stop=StopAfter(steps))
    resumed = train(data, tmp_path / "stopped")
    assert resumed.sha256 == straight.sha256
    assert resumed.train_accuracy == straight.train_accuracy


def test_a_crash_loses_nothing_but_time(make_pack, tmp_path):
    data = make_pack()
    straight = train(data, tmp_path / "straight")
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "crashed", should_stop=CrashAfter(17))
    left = StopAfter(1000)
    assert train(data, tmp_path / "crashed", should_stop=left).sha256 == straight.sha256
    assert 1000 - left.left < CONFIG.steps


def test_the_seed_decides_every_byte(make_pack, tmp_path):
    data = make_pack()
    first, again, other = (
        train(data, tmp_path / name, seed=seed) for name, seed in [("a", 1), ("b", 1), ("c", 2)]
    )
    assert first.sha256 == again.sha256 != other.sha256


def test_another_training_does_not_resume_from_a_foreign_state(make_pack, tmp_path):
    data = make_pack()
    with pytest.raises(StopRequestedError):
        train(data, tmp_path / "run", seed=1, should_stop=StopAfter(5))
    expected = train(data, tmp_path / "fresh", seed=2)
    assert train(data, tmp_path / "run", seed=2).sha256 == expected.sha256


def test_a_finished_training_is_not_run_again(make_pack, tmp_path):
    data = make_pack()
    first = train(data, tmp_path / "run")
    assert train(data, tmp_path / "run", should_stop=StopAfter(0)) == first


def test_a_class_without_images_is_warned_about_by_name(make_pack, tmp_path):
    pack, targets = make_pack()
    heard = Heard()
    train_classifier(
        pack, np.arange(30), targets % 2, 3, pack.shape, CONFIG, 0, tmp_path / "run",
        class_names=["bag", "boot", "coat"], on_event=heard, should_stop=never,
    )  # fmt: skip
    assert [e.message for e in heard if e.kind == "warning"] == [
        "The class coat has no image to learn from."
    ]


def test_a_loss_that_is_no_number_ends_the_training(make_pack, tmp_path):
    config = ClassifierConfig(steps=24, learning_rate=0.99, weight_decay=1e38, threads=1)
    with pytest.raises(TrainingDivergedError, match="lower learning rate"):
        train(make_pack(), tmp_path / "run", config=config)


def test_a_timm_backbone_trains_and_loads_by_name(make_pack, tmp_path):
    data = pack, _ = make_pack(32, 3)
    config = ClassifierConfig(network="timm:test_resnet", steps=2, batch_size=4, threads=1)
    result = train(data, tmp_path / "run", config=config)
    assert load_classifier(result.folder).features(pack.images[:2]).shape == (2, 128)
    with pytest.raises(ConfigError, match="no backbone"):
        train(data, tmp_path / "other", config=ClassifierConfig(network="timm:nothing"))


def test_a_checkpoint_that_does_not_fit_its_network_is_refused(make_pack, tmp_path):
    result = train(make_pack(), tmp_path / "run")
    tensors, metadata = load_checkpoint(result.folder)
    save_checkpoint(tmp_path / "odd", tensors, metadata | {"class_count": 4})
    with pytest.raises(CheckpointError, match="does not fit"):
        load_classifier(tmp_path / "odd")
    with pytest.raises(ValueError, match="takes images"):
        load_classifier(result.folder).probabilities(np.zeros((1, 1, 8, 8), np.uint8))


def classifier(channels, **varied):
    """One that has learnt nothing, for images of 16 × 16."""
    shape, config = ImageShape(16, channels), replace(CONFIG, **varied)
    torch.manual_seed(0)
    return TrainedClassifier(build_classifier(shape, 3, config), shape, config, 3)


def test_an_image_and_its_mirror_image_are_seen_alike_where_training_mirrors(make_pack):
    images = make_pack(16, 1, 8)[0].images
    flipped = np.ascontiguousarray(images[..., ::-1])
    for mirror, alike in ((True, True), (False, False)):
        seen, seen_flipped = (
            classifier(1, mirror=mirror, shift=0).features(pictures)
            for pictures in (images, flipped)
        )
        assert np.allclose(seen, seen_flipped, atol=1e-5) == alike


def test_what_is_seen_is_the_mean_of_what_two_views_show(make_pack):
    images = make_pack(16, 3, 8)[0].images
    wide = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    corners = (wide[..., :-2, :-2], wide[..., 2:, 2:])
    still, moved = classifier(3, mirror=False, shift=0), classifier(3, mirror=False, shift=2)
    by_hand = np.mean([still.logits_and_features(view)[0] for view in corners], axis=0)
    assert np.allclose(moved.logits_and_features(images)[0], by_hand, atol=1e-5)
