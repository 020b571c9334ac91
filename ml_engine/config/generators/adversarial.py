"""What all adversarial families can be told; each begins elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.base import LatentConfig
from ml_engine.config.settings import redefault, setting

LOSSES = ("non_saturating", "minimax", "hinge", "wasserstein", "least_squares")
AUGMENTATIONS = ("none", "differentiable", "adaptive")
CATEGORIES = ("pixels", "geometry", "colour", "frequencies", "noise", "cutout")
"""Kinds of changes that adaptive augmentation makes, each switched by `augment_<category>`."""
MINIBATCH_LAYERS = ("none", "standard_deviation", "discrimination")
WARM_UP_NETWORKS = ("classifier", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdversarialConfig(LatentConfig):
    """A generator that learns from a discriminator."""

    part: ClassVar[str] = "Discriminator"
    halves: ClassVar[bool] = True

    steps: int = redefault(LatentConfig, "steps", 6000)
    # In the same time, twice the steps on half the images teach more.
    batch_size: int = redefault(LatentConfig, "batch_size", 32)
    ema_decay: float = redefault(LatentConfig, "ema_decay", 0.998)
    discriminator_learning_rate: float = setting(
        4e-4, "Adam's step size for the discriminator.", above=0, below=1
    )
    discriminator_steps: int = setting(
        1, "Updates of the discriminator, each on a batch of its own, for one of the generator.",
        at_least=1, at_most=20,
    )  # fmt: skip
    beta1: float = setting(0.0, "Adam's memory of the gradient.", at_least=0, below=1)
    beta2: float = setting(0.99, "Adam's memory of its square.", at_least=0, below=1)
    loss: str = setting("non_saturating", "What the two play for.", choices=LOSSES)
    r1_gamma: float = setting(
        0.0,
        "Weight of the gradient penalty on real images (Mescheder et al. 2018); 0: none.",
        at_least=0,
    )
    r1_every: int = setting(
        8, "Steps between penalties; each is as much stronger (Karras et al. 2020).", at_least=1
    )
    gradient_penalty: float = setting(
        0.0,
        "Weight of the penalty on slopes other than 1 between real and synthetic images (Gulrajani"
        " et al. 2017); 0: none. It belongs to the Wasserstein loss.",
        at_least=0,
    )
    drift: float = setting(
        0.0, "Pull of the real scores towards 0 (Karras et al. 2018).", at_least=0
    )
    augmentation: str = setting(
        "none",
        "What the discriminator sees altered, real and synthetic alike, so that it cannot learn few"
        " images by heart: nothing, a fixed part (Zhao et al. 2020), or as much as its overfitting"
        " asks for (Karras et al. 2020).",
        choices=AUGMENTATIONS,
    )
    augmentation_target: float = setting(
        0.6,
        "Share of real images called real, less those called fake, that adaptive augmentation keeps"
        " to.",
        at_least=0,
        at_most=1,
    )
    augment_pixels: bool = setting(
        True,
        "Adaptive augmentation flips images and turns them by 90° where mirror allows it, and moves"
        " them by whole pixels.",
    )
    augment_geometry: bool = setting(
        True, "Adaptive augmentation scales, turns, stretches and moves images by any amount."
    )
    augment_colour: bool = setting(
        True,
        "Adaptive augmentation changes brightness, contrast, hue and saturation, and inverts"
        " lightness; off where these tell classes apart.",
    )
    augment_frequencies: bool = setting(
        False, "Adaptive augmentation makes coarse or fine structure stronger or weaker."
    )
    augment_noise: bool = setting(False, "Adaptive augmentation adds noise.")
    augment_cutout: bool = setting(
        False, "Adaptive augmentation blanks a rectangle of half the height and width."
    )
    minibatch: str = setting(
        "none",
        "How the discriminator notices a lack of variety in a batch.",
        choices=MINIBATCH_LAYERS,
    )
    spectral_norm: bool = setting(False, "Bound the slope of each layer (Miyato et al. 2018).")
    feature_matching: float = setting(
        0.0,
        "Weight of the distance between mean features of real and synthetic images (Salimans et"
        " al. 2016); 0: none.",
        at_least=0,
    )
    instance_noise: float = setting(
        0.0,
        "Deviation of the noise on all that the discriminator sees, at the first step; it falls to"
        " 0 until the last (Sønderby et al. 2017).",
        at_least=0,
        at_most=2,
    )
    warm_up_steps: int = setting(
        0,
        "Of the steps, so many first in which only the generator learns: to make images whose"
        " features are like those of real ones. It pulls each class towards its middle. A generator"
        " that is trained on does not warm up again.",
        at_least=0,
    )
    warm_up_network: str = setting(
        "classifier",
        "Whose features the warm-up compares: the project's classifier's, or those of the fixed"
        " feature network that the server's settings name.",
        choices=WARM_UP_NETWORKS,
    )

    @property
    def categories(self) -> frozenset[str]:
        """Those of `CATEGORIES` that adaptive augmentation makes changes of."""
        return frozenset(name for name in CATEGORIES if getattr(self, f"augment_{name}"))

    def check_anew(self) -> None:
        """Raise `ConfigError` where the warm-up would be the whole training."""
        self._require(
            "warm_up_steps",
            not self.warm_up_steps or self.warm_up_steps < self.steps,
            f"less than steps, which is {self.steps}",
        )

    def _check_together(self) -> None:
        critic = self.loss == "wasserstein"
        self._require(
            "gradient_penalty",
            critic or self.gradient_penalty == 0,
            f"0 with the loss {self.loss}; only the Wasserstein loss takes this penalty",
        )
        self._require(
            "loss",
            not critic or self.gradient_penalty > 0 or self.spectral_norm,
            "another loss, or have a gradient_penalty or spectral_norm: without either the"
            " Wasserstein loss has no bound",
        )
        self._require(
            "augmentation",
            not critic or self.augmentation != "adaptive",
            "none or differentiable with the loss wasserstein, whose critic has no border between"
            " real and synthetic by which overfitting shows",
        )
        self._require(
            "augmentation",
            self.augmentation != "adaptive" or bool(self.categories),
            "none or differentiable where nothing is left to adapt: all of augment_pixels,"
            " augment_geometry and so on are off",
        )
