"""The classifier networks: a small CNN of our own, and any timm backbone by name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from ml_engine import torchvision_operators  # noqa: F401  (must come before timm)
from ml_engine.config import EMBEDDING_SIZE, ClassifierConfig, ConfigError, ImageShape

SMALLEST_MAP = 8
"""The small CNN halves the image until its side is at most this."""


class PretrainedWeightsError(RuntimeError):
    """The published weights of a backbone cannot be had; the message says why."""


class ClassifierNetwork(nn.Module):
    """A backbone that embeds images, and a linear layer that classifies embeddings.

    Between them lies dropout, where the share `dropout` is above 0.
    """

    def __init__(self, backbone: nn.Module, class_count: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.head = nn.Linear(EMBEDDING_SIZE, class_count)

    def embed(self, images: Tensor) -> Tensor:
        """Images float (B, C, H, W) in [-1, 1] to embeddings (B, EMBEDDING_SIZE)."""
        embeddings: Tensor = self.backbone(images)
        return embeddings

    def forward(self, images: Tensor) -> Tensor:
        """Images float (B, C, H, W) in [-1, 1] to logits (B, K)."""
        logits: Tensor = self.head(self.dropout(self.embed(images)))
        return logits


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def small_cnn(shape: ImageShape) -> nn.Sequential:
    """3×3 convolutions, doubled in width at each halving of the image; ~100k weights at 28²."""
    halvings = 0
    while shape.size >> halvings > SMALLEST_MAP:
        halvings += 1
    widths = [max(16, EMBEDDING_SIZE >> (halvings - i)) for i in range(halvings + 1)]
    layers: list[nn.Module] = [_stage(shape.channels, widths[0])]
    for inputs, outputs in pairwise(widths):
        layers += [nn.MaxPool2d(2), _stage(inputs, outputs)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class TimmBackbone(nn.Module):
    """A timm backbone with a linear layer to the common embedding size."""

    def __init__(self, name: str, shape: ImageShape, pretrained: bool) -> None:
        super().__init__()
        self.features = _create_timm(name, shape, pretrained)
        self.embedding = nn.Linear(cast("int", self.features.num_features), EMBEDDING_SIZE)
        published = cast("dict[str, Any]", self.features.pretrained_cfg)
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", _per_channel(published["mean"], shape.channels))
        self.register_buffer("deviation", _per_channel(published["std"], shape.channels))

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to embeddings (B, EMBEDDING_SIZE)."""
        unit = (images + 1) / 2
        embeddings: Tensor = self.embedding(self.features((unit - self.mean) / self.deviation))
        return embeddings


def _per_channel(values: Sequence[float], channels: int) -> Tensor:
    """Published channel statistics as (1, C, 1, 1); their mean for a grey image."""
    statistics = torch.tensor(values)
    if len(values) != channels:
        statistics = statistics.mean().expand(channels)
    return statistics.clone().view(1, -1, 1, 1)


def _create_timm(name: str, shape: ImageShape, pretrained: bool) -> nn.Module:
    import timm

    if not timm.is_model(name):
        raise ConfigError(f"timm knows no backbone named {name!r}.")
    options: dict[str, Any] = {"in_chans": shape.channels, "num_classes": 0}
    if pretrained:
        overlay = {"file": _published_weights(name)}
        options |= {"pretrained": True, "pretrained_cfg_overlay": overlay}
    try:
        # Transformers are built for one image size; convolutional networks take any.
        return timm.create_model(name, img_size=shape.size, **options)
    except TypeError:
        return timm.create_model(name, **options)


def _published_weights(name: str) -> str:
    """The path of a backbone's published safetensors file, from the local cache or the hub."""
    import timm
    from huggingface_hub import hf_hub_download

    published = timm.get_pretrained_cfg(name)
    if published is None or not published.hf_hub_id:
        raise PretrainedWeightsError(f"No pretrained weights are published for {name!r}.")
    try:
        return str(hf_hub_download(published.hf_hub_id, "model.safetensors"))
    except Exception as error:
        raise PretrainedWeightsError(
            f"The pretrained weights of {name!r} cannot be fetched from the hub "
            f"({type(error).__name__}); train without them or fill the hub's cache first."
        ) from error


def build_classifier(
    shape: ImageShape, class_count: int, config: ClassifierConfig
) -> ClassifierNetwork:
    """The network that `config.network` names, freshly initialised."""
    if config.network == "small_cnn":
        return ClassifierNetwork(small_cnn(shape), class_count, config.dropout)
    name = config.network.removeprefix("timm:")
    backbone = TimmBackbone(name, shape, config.pretrained)
    return ClassifierNetwork(backbone, class_count, config.dropout)
