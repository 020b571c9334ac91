"""Every family in a size that trains in a moment."""

from __future__ import annotations

from typing import Any

import pytest

from ml_engine.config import FAMILIES, GeneratorConfig, generator_config

EVERY = pytest.mark.parametrize("family", sorted(FAMILIES))

TINY: dict[str, Any] = {
    "steps": 2, "batch_size": 8, "width": 4, "latent_size": 6, "r1_every": 1, "mirror": False,
    "checkpoint_every": 4, "checks": 2, "threads": 1, "sampling_steps": 3,
}  # fmt: skip
"""What of these a family has is set."""
OWN: dict[str, dict[str, Any]] = {
    # Fine stripes that are moved are other stripes.
    "augmentation": {"shift": 0.0, "rotation": 1.0, "scale": 0.0, "shear": 0.0, "elastic": 0.01},
}
"""What a family has otherwise."""


def tiny(family: str, **settings: Any) -> GeneratorConfig:
    """The smallest useful configuration of a family, with these settings where it has them."""
    return generator_config(family, **{**TINY, **OWN.get(family, {}), **settings})
