"""Settings of the conditional GAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalGanConfig(AdversarialConfig):
    """See `ml_engine.generators.conditional_gan`."""

    family: ClassVar[str] = "conditional_gan"
    title: ClassVar[str] = "Conditional GAN"
    about: ClassVar[str] = (
        "A convolutional GAN with a projection discriminator: crisp and varied small images after"
        " minutes on two cores."
    )

    steps: int = redefault(AdversarialConfig, "steps", 7000)
    r1_gamma: float = redefault(AdversarialConfig, "r1_gamma", 1.0)
    minibatch: str = redefault(AdversarialConfig, "minibatch", "standard_deviation")
