"""Feature networks that stay the same from round to round, from weights that lie on this machine.

A classifier's features change with each round, so figures on them cannot be set beside each other;
those on one fixed network can.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as deserialize
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine import torchvision_operators  # noqa: F401  (must come before timm)
from ml_engine.batches import to_network
from ml_engine.devices import pick_device, place

BATCH = 64


class FeatureNetworkError(ValueError):
    """A feature network that cannot be used; the message says why and what to do."""


class FeatureNetwork(Protocol):
    """Whatever turns images into features, and says what it is."""

    name: str

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features (N, D) of images uint8 (N, C, H, W)."""


@dataclass(frozen=True)
class WeightsFile:
    """A backbone of timm by name, and the safetensors file that holds its weights."""

    backbone: str
    path: Path
    sha256: str
    """Of the file, in hexadecimal: another file is refused."""


class TimmFeatures:
    """The pooled features of a timm backbone, grey images as three equal channels."""

    def __init__(self, weights: WeightsFile) -> None:
        self.name = f"timm {weights.backbone} (weights file, sha {weights.sha256[:12]})"
        self._device = pick_device()
        self.backbone = place(_Prepared(_backbone(weights)), self._device).eval()
        """Images float (B, C, H, W) in [-1, 1] to features (B, D), with gradients."""

    @torch.inference_mode()
    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `FeatureNetwork.features`."""
        parts = []
        for start in range(0, len(images), BATCH):
            pixels = torch.from_numpy(images[start : start + BATCH].copy())
            parts.append(self.backbone(to_network(pixels, self._device)).float().cpu())
        return np.asarray(torch.cat(parts).numpy())


class _Prepared(nn.Module):
    """A backbone that is shown images as its weights were trained on: their size, their scale."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        published = cast("dict[str, Any]", backbone.pretrained_cfg)
        self._size = tuple(published["input_size"][1:])
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.tensor(published["mean"]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(published["std"]).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        unit = (images.expand(-1, 3, -1, -1) + 1) / 2
        resized = F.interpolate(unit, self._size, mode="bicubic", antialias=True)
        features: Tensor = self.backbone((resized - self.mean) / self.deviation)
        return features


def _backbone(weights: WeightsFile) -> nn.Module:
    import timm

    if not timm.is_model(weights.backbone):
        raise FeatureNetworkError(f"timm knows no backbone named {weights.backbone!r}.")
    try:
        content = weights.path.read_bytes()
    except OSError as error:
        raise FeatureNetworkError(
            f"The weights of the feature network cannot be read: {error}."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != weights.sha256.lower():
        raise FeatureNetworkError(
            f"{weights.path} has the SHA-256 {found[:12]}…, not {weights.sha256[:12]}… as was set: "
            "put the right file there, or name the hash of this one."
        )
    network = timm.create_model(weights.backbone)
    try:
        network.load_state_dict(deserialize(content))
    except SafetensorError as error:
        raise FeatureNetworkError(
            f"{weights.path} is no safetensors file ({error}); other formats are not read."
        ) from error
    except RuntimeError as error:
        raise FeatureNetworkError(
            f"{weights.path} does not hold the weights of timm's {weights.backbone}: {error}"
        ) from error
    cast("Any", network).reset_classifier(0)
    return network
