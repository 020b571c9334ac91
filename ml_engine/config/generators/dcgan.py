"""Settings of the DCGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DcganConfig(AdversarialConfig):
    """See `ml_engine.generators.dcgan`."""

    family: ClassVar[str] = "dcgan"
    title: ClassVar[str] = "DCGAN"
    about: ClassVar[str] = (
        "The first convolutional GAN, with batch normalisation in both networks: fast, and the"
        " likeliest to collapse. A penalty and a look at the variety of a batch hold against that."
    )
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "original": {"r1_gamma": 0.0, "minibatch": "none", "cooldown": 0.0},
    }

    steps: int = redefault(AdversarialConfig, "steps", 5000)
    batch_size: int = redefault(AdversarialConfig, "batch_size", 64)
    learning_rate: float = redefault(AdversarialConfig, "learning_rate", 2e-4)
    discriminator_learning_rate: float = redefault(
        AdversarialConfig, "discriminator_learning_rate", 2e-4
    )
    beta1: float = redefault(AdversarialConfig, "beta1", 0.5)
    beta2: float = redefault(AdversarialConfig, "beta2", 0.999)
    width: int = setting(
        32,
        "Feature maps at half the image's size; the smaller maps have up to eight times as many.",
        at_least=4,
    )
    r1_gamma: float = redefault(AdversarialConfig, "r1_gamma", 1.0)
    minibatch: str = redefault(AdversarialConfig, "minibatch", "standard_deviation")
