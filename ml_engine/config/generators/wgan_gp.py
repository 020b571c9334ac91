"""Settings of the Wasserstein GAN with a gradient penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault, setting

CRITIC_NORMALISATIONS = ("none", "layer", "batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class WganGpConfig(AdversarialConfig):
    """See `ml_engine.generators.wgan_gp`."""

    family: ClassVar[str] = "wgan_gp"
    title: ClassVar[str] = "WGAN-GP"
    about: ClassVar[str] = (
        "A critic that measures how far synthetic images are from real ones, kept smooth by a"
        " penalty: steady and varied, several critic updates for each of the generator."
    )

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "corrected": {},
        "faithful": {
            "batch_size": 64,
            "learning_rate": 3e-4,
            "discriminator_learning_rate": 1e-4,
            "beta1": 0.5,
            "beta2": 0.99,
            "drift": 0.0,
            "ema_decay": 0.0,
            "cooldown": 0.0,
            "critic_normalisation": "batch",
            "critic_sigmoid": True,
            "warm_up_steps": 200,
        },
    }
    """Of the published emotion-recognition work: as it was, and as this family is anyway."""

    width: int = redefault(AdversarialConfig, "width", 16)
    steps: int = redefault(AdversarialConfig, "steps", 2600)
    loss: str = redefault(AdversarialConfig, "loss", "wasserstein")
    gradient_penalty: float = redefault(AdversarialConfig, "gradient_penalty", 10.0)
    drift: float = redefault(AdversarialConfig, "drift", 1e-3)
    discriminator_steps: int = redefault(AdversarialConfig, "discriminator_steps", 5)
    critic_normalisation: str = setting(
        "none",
        "How the critic's maps are normalised. Over a batch, the penalty no longer holds for each"
        " image: that is for comparison with published work only.",
        choices=CRITIC_NORMALISATIONS,
    )
    critic_sigmoid: bool = setting(
        False,
        "Squeeze the critic's scores between 0 and 1, which caps the distance that it can measure:"
        " for comparison with published work only.",
    )
