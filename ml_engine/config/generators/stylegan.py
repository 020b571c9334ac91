"""Settings of StyleGAN3, and of StyleGAN2 as its third configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.images import ImageShape
from ml_engine.config.settings import ConfigError, redefault, setting

CONFIGURATIONS = ("t", "r", "stylegan2")
CRITICAL = 2
"""Layers at the end of an alias-free synthesis that are sampled critically."""
LEAST_SIDE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleGanConfig(AdversarialConfig):
    """See `ml_engine.generators.stylegan`."""

    family: ClassVar[str] = "stylegan3"
    title: ClassVar[str] = "StyleGAN3"
    halves: ClassVar[bool] = False
    about: ClassVar[str] = (
        "A style network steers a synthesis without aliasing: what it draws moves and turns as a"
        " whole instead of clinging to pixels. For sides of 16, 32, 64 and so on, a GPU and long"
        " trainings; with few images, best from another generator's checkpoint. StyleGAN2 is one of"
        " its configurations."
    )
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "rotation": {"configuration": "r", "blur": 10.0},
        "stylegan2": {
            "configuration": "stylegan2",
            "mapping_layers": 8,
            "learning_rate": 2e-3,
            "style_mixing": 0.9,
            "path_length": 2.0,
        },
        # Networks of the published checkpoints of 256 pixels; of others, width is 32768 ÷ side.
        "published": {
            "latent_size": 512,
            "style_size": 512,
            "width": 128,
            "widest": 512,
            "layers": 14,
            "cooldown": 0.0,
            "r1_gamma": 2.0,
        },
    }

    configuration: str = setting(
        "t",
        "StyleGAN3 that moves with its content (t) or moves and turns with it (r), or StyleGAN2.",
        choices=CONFIGURATIONS,
    )
    style_size: int = setting(64, "Length of a style, w.", at_least=2, at_most=4096)
    mapping_layers: int = setting(
        2, "Layers from latent to style; StyleGAN2's authors have 8.", at_least=1, at_most=16
    )
    layers: int = setting(
        8,
        "Layers of the alias-free synthesis between its input and the colours; StyleGAN2 has as"
        " many as the side asks for.",
        at_least=CRITICAL + 1,
        at_most=32,
    )
    widest: int = setting(
        96, "Most feature maps of any layer; r has twice as many, everywhere.", at_least=4
    )
    truncation: float = setting(
        1.0,
        "How far images keep from the mean style: 1 all of the variety, 0 one image a class.",
        at_least=0,
        at_most=1,
    )
    style_mixing: float = setting(
        0.0,
        "Share of the batches whose images take their finer layers' style from another latent;"
        " StyleGAN2 only.",
        at_least=0,
        at_most=1,
    )
    path_length: float = setting(
        0.0,
        "Weight of the penalty on uneven steps from style to image (Karras et al. 2020); StyleGAN2"
        " only. 0: none.",
        at_least=0,
    )
    path_length_every: int = setting(
        4, "Steps between these penalties; each is as much stronger.", at_least=1
    )
    blur: float = setting(
        0.0,
        "Pixels by which all that the discriminator sees is blurred at first, so that r learns the"
        " coarse before the fine; a generator that is trained on has none.",
        at_least=0,
        at_most=100,
    )
    frozen_layers: int = setting(
        0,
        "Where a generator is trained on: so many of the discriminator's layers stay as they are,"
        " from the image on (Mo et al. 2020). With few images it keeps what many taught it.",
        at_least=0,
        at_most=64,
    )
    width: int = redefault(AdversarialConfig, "width", 24)
    latent_size: int = redefault(AdversarialConfig, "latent_size", 64)
    # On weights that are scaled at run time, about 2e-4 elsewhere.
    learning_rate: float = redefault(AdversarialConfig, "learning_rate", 2.5e-3)
    discriminator_learning_rate: float = redefault(
        AdversarialConfig, "discriminator_learning_rate", 2e-3
    )
    # The authors' rule, 0.0002 · side² ÷ batch, is for tens of thousands of images.
    r1_gamma: float = redefault(AdversarialConfig, "r1_gamma", 0.3)
    r1_every: int = redefault(AdversarialConfig, "r1_every", 16)
    augmentation: str = redefault(AdversarialConfig, "augmentation", "adaptive")
    minibatch: str = redefault(AdversarialConfig, "minibatch", "standard_deviation")

    @classmethod
    def check_shape(cls, shape: ImageShape) -> None:
        """Raise `ConfigError` for a side that is no power of two, or under 16."""
        if shape.size < LEAST_SIDE or shape.size & (shape.size - 1):
            raise ConfigError(
                f"{cls.title} takes images whose sides are powers of two, from {LEAST_SIDE}; the"
                f" training size is {shape.size}. Choose another family."
            )

    def _check_together(self) -> None:
        AdversarialConfig._check_together(self)
        for name in ("style_mixing", "path_length"):
            self._require(
                name,
                self.configuration == "stylegan2" or getattr(self, name) == 0,
                f"0 with the configuration {self.configuration}; only stylegan2 takes it",
            )
