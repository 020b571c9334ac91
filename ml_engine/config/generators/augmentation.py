"""Settings of the control that only varies real images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.base import GeneratorConfig
from ml_engine.config.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationConfig(GeneratorConfig):
    """See `ml_engine.generators.augmentation`; 0 switches a transform off."""

    family: ClassVar[str] = "augmentation"
    title: ClassVar[str] = "Augmentation only"
    about: ClassVar[str] = (
        "Real images, moved and tinted a little as the class allows: nothing new is learnt. The"
        " control that a generator must beat to be worth its training."
    )

    learns: ClassVar[bool] = False

    shift: float = setting(
        0.07, "Furthest move each way, as a share of the side.", at_least=0, at_most=0.5
    )
    rotation: float = setting(8.0, "Largest turn each way in degrees.", at_least=0, at_most=180)
    scale: float = setting(
        0.1, "Largest change in size, as a share of it.", at_least=0, at_most=0.5
    )
    shear: float = setting(4.0, "Largest slant each way in degrees.", at_least=0, at_most=45)
    elastic: float = setting(
        0.03,
        "Furthest move of single parts, as a share of the side: a bend (Simard et al. 2003).",
        at_least=0,
        at_most=0.25,
    )
    brightness: float = setting(0.15, "Largest change, as a share.", at_least=0, at_most=0.9)
    contrast: float = setting(0.15, "Largest change, as a share.", at_least=0, at_most=0.9)
    saturation: float = setting(
        0.15, "Largest change, as a share; grey images have none.", at_least=0, at_most=0.9
    )
    most_images: int = setting(
        5000,
        "Real images that are kept in the checkpoint and varied, as many of each class as can be.",
        at_least=1,
    )
