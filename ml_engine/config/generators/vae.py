"""Settings of the variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.base import LatentConfig
from ml_engine.config.settings import redefault, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class VaeConfig(LatentConfig):
    """See `ml_engine.generators.vae`."""

    family: ClassVar[str] = "vae"
    title: ClassVar[str] = "VAE"
    halves: ClassVar[bool] = True
    about: ClassVar[str] = (
        "A variational autoencoder: trains steadily; its images are varied and blurred. It has an"
        " encoder, by which real images find their place among its own."
    )

    steps: int = redefault(LatentConfig, "steps", 4000)
    learning_rate: float = redefault(LatentConfig, "learning_rate", 1e-3)
    latent_size: int = setting(32, "Length of the vector.", at_least=2, at_most=256)
    width: int = setting(
        32,
        "Feature maps at half the image's size; the smaller maps have up to eight times as many.",
        at_least=4,
    )
    beta: float = setting(
        1.0,
        "Weight of the latents' distance from the normal distribution that images are drawn from"
        " (Higgins et al. 2017): above 1 samples are surer and more alike, below 1 images come"
        " back sharper from their latents.",
        above=0,
        at_most=100,
    )
    beta_warm_up: float = setting(
        0.1,
        "Share of the steps over which that weight rises from 0, so that the latents come into"
        " use.",
        at_least=0,
        at_most=1,
    )
