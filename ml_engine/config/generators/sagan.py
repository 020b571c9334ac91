"""Settings of the self-attention GAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault


@dataclass(frozen=True, slots=True, kw_only=True)
class SaganConfig(AdversarialConfig):
    """See `ml_engine.generators.sagan`."""

    family: ClassVar[str] = "sagan"
    title: ClassVar[str] = "SAGAN"
    about: ClassVar[str] = (
        "Residual networks in which distant parts of an image attend to each other, kept steady by"
        " bounding every layer: for objects whose parts must fit together."
    )

    steps: int = redefault(AdversarialConfig, "steps", 3500)
    width: int = redefault(AdversarialConfig, "width", 16)
    learning_rate: float = redefault(AdversarialConfig, "learning_rate", 1e-4)
    beta2: float = redefault(AdversarialConfig, "beta2", 0.9)
    loss: str = redefault(AdversarialConfig, "loss", "hinge")
    minibatch: str = redefault(AdversarialConfig, "minibatch", "standard_deviation")
    spectral_norm: bool = redefault(AdversarialConfig, "spectral_norm", True)
