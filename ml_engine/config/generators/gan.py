"""Settings of the fully connected GAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class GanConfig(AdversarialConfig):
    """See `ml_engine.generators.gan`."""

    family: ClassVar[str] = "gan"
    title: ClassVar[str] = "GAN"
    halves: ClassVar[bool] = False
    about: ClassVar[str] = (
        "The first GAN: fully connected, for small images of any size. Grainy, and the measure of"
        " what convolutions add."
    )
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "original": {"loss": "minimax", "r1_gamma": 0.0, "minibatch": "none", "cooldown": 0.0},
    }

    steps: int = redefault(AdversarialConfig, "steps", 10_000)
    batch_size: int = redefault(AdversarialConfig, "batch_size", 64)
    learning_rate: float = redefault(AdversarialConfig, "learning_rate", 2e-4)
    discriminator_learning_rate: float = redefault(
        AdversarialConfig, "discriminator_learning_rate", 2e-4
    )
    width: int = setting(256, "Units of the narrowest hidden layer.", at_least=4)
    hidden_layers: int = setting(
        3, "Layers between latent and image, each twice as wide as the one before.",
        at_least=1, at_most=6,
    )  # fmt: skip
    r1_gamma: float = redefault(AdversarialConfig, "r1_gamma", 1.0)
    minibatch: str = redefault(AdversarialConfig, "minibatch", "standard_deviation")
