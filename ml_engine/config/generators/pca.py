"""Settings of the statistical baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.base import GeneratorConfig
from ml_engine.config.settings import redefault, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PcaConfig(GeneratorConfig):
    """See `ml_engine.generators.pca`."""

    family: ClassVar[str] = "pca"
    title: ClassVar[str] = "PCA, a Gaussian per class"
    about: ClassVar[str] = (
        "Linear statistics of each class: made in seconds, varied and blurred. The control that"
        " every network must beat."
    )

    # What is not of the class broadens its Gaussian.
    pool_confidence: float = redefault(GeneratorConfig, "pool_confidence", 0.7)
    latent_size: int = setting(
        64, "Principal components at most; fewer where there are fewer images.",
        at_least=2, at_most=4096,
    )  # fmt: skip
