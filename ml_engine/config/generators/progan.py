"""Settings of ProGAN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ml_engine.config.generators.adversarial import AdversarialConfig
from ml_engine.config.settings import redefault, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ProGanConfig(AdversarialConfig):
    """See `ml_engine.generators.progan`."""

    family: ClassVar[str] = "progan"
    title: ClassVar[str] = "ProGAN"
    about: ClassVar[str] = (
        "A GAN that learns the coarse before the fine: it begins with maps of a few pixels and"
        " doubles them while it trains. Made for large images and long trainings."
    )
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        # The paper's, for trainings of hours: this average is too slow for those of minutes.
        "faithful": {
            "loss": "wasserstein",
            "gradient_penalty": 10.0,
            "drift": 1e-3,
            "r1_gamma": 0.0,
            "growing": 0.5,
            "learning_rate": 1e-3,
            "discriminator_learning_rate": 1e-3,
            "ema_decay": 0.999,
            "cooldown": 0.0,
            "latent_size": 512,
        },
    }

    growing: float = setting(
        0.3,
        "Share of the steps before the full size begins; the smaller sizes have equal parts of it.",
        above=0, below=1,
    )  # fmt: skip
    fading: float = setting(
        0.5,
        "Share of such a part over which a new size fades in, in synthetic and real images alike.",
        at_least=0, at_most=1,
    )  # fmt: skip
    width: int = redefault(AdversarialConfig, "width", 16)
    # On weights that are scaled at run time, about 2e-4 elsewhere.
    learning_rate: float = redefault(AdversarialConfig, "learning_rate", 4e-3)
    discriminator_learning_rate: float = redefault(
        AdversarialConfig, "discriminator_learning_rate", 4e-3
    )
    # Regularised so, a step costs half of one with the gradient penalty of the paper.
    r1_gamma: float = redefault(AdversarialConfig, "r1_gamma", 1.0)
    minibatch: str = redefault(AdversarialConfig, "minibatch", "standard_deviation")
