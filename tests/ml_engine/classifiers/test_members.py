"""Stochastic members of a classifier, and how far they disagree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ml_engine.choosing.uncertain import disagreement
from ml_engine.classifiers.inference import TrainedClassifier, load_classifier, predict
from ml_engine.classifiers.members import (
    MEMBERS,
    disagreements,
    member_masks,
    member_probabilities,
)
from ml_engine.classifiers.training import train_classifier
from ml_engine.config import ClassifierConfig, ConfigError, StopRequestedError
from tests.ml_engine.conftest import StopAfter, ignore, never

CONFIG = ClassifierConfig(steps=60, batch_size=16, threads=1, checkpoint_every=10, dropout=0.5)


def trained(data, folder, config=CONFIG, should_stop=never) -> TrainedClassifier:
    pack, targets = data
    result = train_classifier(
        pack, np.arange(len(pack)), targets, 3, pack.shape, config, 3, folder,
        on_event=ignore, should_stop=should_stop,
    )  # fmt: skip
    return load_classifier(result.folder)


def weights(classifier: TrainedClassifier) -> list[torch.Tensor]:
    return list(classifier._network.state_dict().values())


def test_dropout_is_learnt_with_and_resuming_still_equals_never_stopping(make_pack, tmp_path):
    data = make_pack(16, 1, 60)
    straight = trained(data, tmp_path / "straight")
    with pytest.raises(StopRequestedError):
        trained(data, tmp_path / "stopped", should_stop=StopAfter(23))
    resumed = trained(data, tmp_path / "stopped")
    plain = trained(data, tmp_path / "plain", replace(CONFIG, dropout=0.0))
    for one, other in zip(weights(straight), weights(resumed), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(weights(straight)[-1], weights(plain)[-1])


def test_members_are_drawn_from_the_seed_and_their_mean_is_near_the_classifier(make_pack, tmp_path):
    pack, _ = data = make_pack(16, 1, 60)
    classifier, rows = trained(data, tmp_path / "run"), np.arange(60)
    found = disagreements(classifier, pack, rows, seed=5)
    assert np.array_equal(found, disagreements(classifier, pack, rows, seed=5))
    assert not np.array_equal(found, disagreements(classifier, pack, rows, seed=6))
    assert 0 <= found.min() < found.max() <= 1
    members = member_probabilities(classifier, pack.images[rows], member_masks(classifier, 5))
    assert members.shape == (MEMBERS, 60, 3)
    assert found == pytest.approx(disagreement(members) / np.log(3))
    own = predict(classifier, pack, rows).probabilities
    assert np.abs(members.mean(axis=0) - own).mean() < 0.1
    with pytest.raises(StopRequestedError):
        disagreements(classifier, pack, rows, seed=5, should_stop=StopAfter(0))


def test_a_classifier_without_dropout_has_no_members(make_pack, tmp_path):
    pack, _ = data = make_pack(16, 1, 60)
    classifier = trained(data, tmp_path / "run", replace(CONFIG, dropout=0.0, steps=2))
    with pytest.raises(ConfigError, match="was trained without dropout"):
        disagreements(classifier, pack, np.arange(5), seed=0)
