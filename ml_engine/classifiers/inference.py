"""Using a trained classifier: calibrated probabilities and embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.batches import moved, to_network
from ml_engine.checkpoints import CheckpointError, load_checkpoint
from ml_engine.classifiers.networks import ClassifierNetwork, build_classifier
from ml_engine.config import (
    EMBEDDING_SIZE,
    ClassifierConfig,
    EngineEvent,
    ImageShape,
    OnEvent,
    ShouldStop,
    StopRequestedError,
)
from ml_engine.devices import pick_device, place
from ml_engine.packs import Pack

INFERENCE_BATCH = 256
VIEW_SHIFT = 1
"""Pixels by which the two views of an image lie from it: half of what the first halving spans."""


@dataclass(frozen=True)
class Predictions:
    """What a classifier says of N images."""

    probabilities: NDArray[np.float32]
    """(N, K), calibrated; rows sum to 1."""
    features: NDArray[np.float32]
    """(N, D) embeddings of unit length: Euclidean distances lie in [0, 2]."""


class Classifier(Protocol):
    """What the rest of the engine needs of a classifier."""

    shape: ImageShape
    class_count: int

    def predict(self, images: NDArray[np.uint8], batch: int = INFERENCE_BATCH) -> Predictions:
        """Probabilities and embeddings of images uint8 (N, C, H, W)."""

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Calibrated probabilities (N, K) of images uint8 (N, C, H, W)."""

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings (N, D) of unit length of images uint8 (N, C, H, W)."""


class TrainedClassifier:
    """A network with its temperature, in evaluation mode.

    It sees two views of each image, varied as in its training, and averages what it sees
    (Krizhevsky et al. 2012, §4.1, with ten).
    """

    def __init__(
        self,
        network: ClassifierNetwork,
        shape: ImageShape,
        config: ClassifierConfig,
        class_count: int,
        temperature: float = 1.0,
        device: torch.device | None = None,
    ) -> None:
        self.shape = shape
        self.class_count = class_count
        self.temperature = temperature
        self.device = device or pick_device()
        self._config = config
        self._network = place(network, self.device).eval()

    @property
    def backbone(self) -> nn.Module:
        """Images float (B, C, H, W) in [-1, 1] to embeddings (B, D), with gradients."""
        return self._network.backbone

    @property
    def dropout(self) -> float:
        """The share of the embedding that was left out at each step of the training."""
        return self._config.dropout

    @torch.inference_mode()
    def embeddings(self, images: NDArray[np.uint8]) -> Tensor:
        """Embeddings (N, D) as the head takes them, of any length, on the classifier's device."""
        # Copied: rows of a pack are read-only memory, which torch does not take.
        views = _views(torch.from_numpy(images.copy()), self._config)
        seen = [self._network.embed(to_network(view, self.device)) for view in views]
        return torch.stack(seen).mean(dim=0)

    @torch.inference_mode()
    def logits(self, embeddings: Tensor) -> Tensor:
        """Logits (…, K), not yet divided by the temperature, of embeddings (…, D)."""
        logits: Tensor = self._network.head(embeddings)
        return logits

    def logits_and_features(self, images: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Logits (N, K), not yet divided by the temperature, and unit embeddings (N, D)."""
        # The head is linear: the logits of the mean are the mean of the logits.
        embeddings = self.embeddings(images)
        return self.logits(embeddings).cpu(), F.normalize(embeddings, dim=1).cpu()

    def predict(self, images: NDArray[np.uint8], batch: int = INFERENCE_BATCH) -> Predictions:
        """See `Classifier.predict`; raises `ValueError` for images of another shape."""
        expected = (self.shape.channels, self.shape.size, self.shape.size)
        if images.shape[1:] != expected:
            raise ValueError(f"The classifier takes images {expected}, not {images.shape[1:]}.")
        parts = [self._predict(images[i : i + batch]) for i in range(0, len(images), batch)]
        return _joined(parts, self.class_count)

    def _predict(self, images: NDArray[np.uint8]) -> Predictions:
        logits, features = self.logits_and_features(images)
        probabilities = (logits.double() / self.temperature).softmax(dim=1).float()
        return Predictions(probabilities.numpy(), features.numpy())

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Classifier.probabilities`."""
        return self.predict(images).probabilities

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Classifier.features`."""
        return self.predict(images).features


def _views(images: Tensor, config: ClassifierConfig) -> list[Tensor]:
    """Images (B, C, H, W) moved to two sides, one of them mirrored, as far as training varies."""
    pixels = min(config.shift, VIEW_SHIFT)
    if not pixels and not config.mirror:
        return [images]
    other = images.flip(3) if config.mirror else images
    return [moved(images, -pixels), moved(other, pixels)]


def _joined(parts: list[Predictions], class_count: int) -> Predictions:
    if not parts:
        return Predictions(
            np.zeros((0, class_count), np.float32), np.zeros((0, EMBEDDING_SIZE), np.float32)
        )
    return Predictions(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.features for part in parts]),
    )


def load_classifier(folder: Path, device: torch.device | None = None) -> TrainedClassifier:
    """The classifier of the checkpoint `folder`; raises `CheckpointError` where it is unusable."""
    tensors, metadata = load_checkpoint(folder, kind="classifier")
    try:
        shape = ImageShape.from_json(metadata["shape"])
        config = ClassifierConfig.from_json({**metadata["config"], "pretrained": False})
        class_count = int(metadata["class_count"])
        network = build_classifier(shape, class_count, config)
        network.load_state_dict(tensors)
        temperature = float(metadata["temperature"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"The checkpoint {folder} does not fit its network: {error}"
        ) from error
    return TrainedClassifier(network, shape, config, class_count, temperature, device)


def predict(
    classifier: Classifier,
    pack: Pack,
    rows: NDArray[np.int64],
    *,
    on_event: OnEvent | None = None,
    should_stop: ShouldStop | None = None,
) -> Predictions:
    """Predictions for `rows` of `pack`, batch by batch, with progress events.

    Raises `StopRequestedError` between two batches where `should_stop()` turns true.
    """
    parts = []
    for start in range(0, len(rows), INFERENCE_BATCH):
        if should_stop is not None and should_stop():
            raise StopRequestedError(f"Stopped after {start} of {len(rows)} images.")
        chunk = rows[start : start + INFERENCE_BATCH]
        parts.append(classifier.predict(pack.images[chunk]))
        if on_event is not None:
            on_event(EngineEvent("progress", start + len(chunk), len(rows), {}))
    return _joined(parts, classifier.class_count)
