"""The generator network: a mapping and a synthesis."""

from __future__ import annotations

from torch import Tensor, nn

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.generators.stylegan.alias_free import AliasFreeSynthesis
from ml_engine.generators.stylegan.mapping import GeneratorMapping
from ml_engine.generators.stylegan.skip import SkipSynthesis


class GeneratorNetwork(nn.Module):
    """Latents and classes to styles (B, num_ws, W) by `mapping`, and to images by `synthesis`."""

    def __init__(self, shape: ImageShape, class_count: int, config: StyleGanConfig) -> None:
        super().__init__()
        config.check_shape(shape)
        kind = SkipSynthesis if config.configuration == "stylegan2" else AliasFreeSynthesis
        self.synthesis = kind(shape, config)
        self.mapping = GeneratorMapping(
            config.latent_size,
            class_count,
            config.style_size,
            config.mapping_layers,
            self.synthesis.num_ws,
        )
        self.truncation = config.truncation

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W), about in [-1, 1].

        Styles are truncated but in training.
        """
        ws = self.mapping(z, classes, 1.0 if self.training else self.truncation)
        images: Tensor = self.synthesis(ws)
        return images
