"""Settings of the DCGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DcganConfig(AdversarialConfig):
    """See `ml_engine.generators.dcgan`."""

    family: ClassVar[str] = "dcgan"
    title: ClassVar[str] = "DCGAN"
    about: ClassVar[str] = (
        "The first convolutional GAN, with batch normalisation in both networks: fast, and without"
        " penalties the likeliest to collapse."
    )

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
