"""Feature networks from local weights: the right file, hash-checked, and never a pickle."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ml_engine import torchvision_operators  # noqa: F401  (must come before timm)
from ml_engine.measures.features import FeatureNetworkError, TimmFeatures, WeightsFile

BACKBONE = "test_resnet.r160_in1k"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> WeightsFile:
    """A tiny backbone of random weights."""
    import timm

    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_file(timm.create_model(BACKBONE).state_dict(), path)
    return WeightsFile(BACKBONE, path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_it_is_named_by_its_weights_and_takes_grey_and_colour(weights: WeightsFile) -> None:
    network = TimmFeatures(weights)
    assert network.name == f"timm {BACKBONE} (weights file, sha {weights.sha256[:12]})"
    grey = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 28), np.uint8)
    once = network.features(grey)
    assert once.shape[0] == 3
    assert np.isfinite(once).all()
    assert (network.features(np.repeat(grey, 3, axis=1)) == once).all()


def test_another_file_than_the_one_named_is_refused(weights: WeightsFile) -> None:
    with pytest.raises(FeatureNetworkError, match="as was set"):
        TimmFeatures(WeightsFile(BACKBONE, weights.path, "0" * 64))


def test_a_pickle_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"weight": torch.zeros(1)}, path)
    named = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(FeatureNetworkError, match="no safetensors file"):
        TimmFeatures(WeightsFile(BACKBONE, path, named))


def test_weights_of_another_network_are_refused(weights: WeightsFile) -> None:
    with pytest.raises(FeatureNetworkError, match="does not hold the weights"):
        TimmFeatures(WeightsFile("test_vit.r160_in1k", weights.path, weights.sha256))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FeatureNetworkError, match="cannot be read"):
        TimmFeatures(WeightsFile(BACKBONE, Path("/nowhere.safetensors"), "0" * 64))
