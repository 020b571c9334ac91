"""Settings of the diffusion model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.denoising import DenoisingConfig
from ml_engine.config.settings import redefault, setting

PATCHES = (1, 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionConfig(DenoisingConfig):
    """See `ml_engine.generators.diffusion`."""

    family: ClassVar[str] = "diffusion"
    title: ClassVar[str] = "Diffusion"
    halves: ClassVar[bool] = True
    about: ClassVar[str] = (
        "A U-Net that learns to take noise off images: trains steadily, covers what it was shown,"
        " and draws slowly. It encodes real images into the noise that they would come from."
    )

    steps: int = redefault(DenoisingConfig, "steps", 4000)
    learning_rate: float = redefault(DenoisingConfig, "learning_rate", 2e-3)
    cooldown: float = redefault(DenoisingConfig, "cooldown", 0.8)
    ema_decay: float = redefault(DenoisingConfig, "ema_decay", 0.998)
    # At twelve, classifiers learn a point less from the images.
    sampling_steps: int = redefault(DenoisingConfig, "sampling_steps", 24)
    width: int = setting(
        32, "Feature maps of the largest maps; the smaller have up to four times as many.",
        at_least=4,
    )  # fmt: skip
    patch: int = setting(
        2,
        "Side of the squares of pixels that the network sees as one place, 1, 2 or 4: 2 takes a"
        " quarter of the time that single pixels take, and draws a little coarser.",
        at_least=PATCHES[0],
        at_most=PATCHES[-1],
    )
    attention: bool = setting(
        False,
        "Let all places of the smallest maps look at each other; worth its time where images are"
        " larger than what the convolutions overlook, from about 64 pixels.",
    )
    train_timesteps: int = setting(
        1000, "Levels of noise that are told apart.", at_least=250, at_most=10_000
    )

    def _check_together(self) -> None:
        DenoisingConfig._check_together(self)
        self._require("patch", self.patch in PATCHES, "1, 2 or 4")
