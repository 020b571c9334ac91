"""Every family in a size that trains in a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml_engine.batches import AnnotatedImages
from ml_engine.config import FAMILIES, GeneratorConfig, generator_config
from ml_engine.devices import repeatable
from ml_engine.generators.adversarial.generator import AdversarialGenerator
from ml_engine.generators.adversarial.trainer import AdversarialTrainer
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import layer_randomness
from ml_engine.resuming import ResumeFile
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.generators.pipelines import pixel_pipeline

EVERY = pytest.mark.parametrize("family", sorted(FAMILIES))

TINY: dict[str, Any] = {
    "steps": 2, "batch_size": 8, "width": 4, "latent_size": 6, "r1_every": 1, "mirror": False,
    "checkpoint_every": 4, "checks": 2, "threads": 1, "sampling_steps": 3,
}  # fmt: skip
"""What of these a family has is set."""
OWN: dict[str, dict[str, Any]] = {
    # Fine stripes that are moved are other stripes.
    "augmentation": {"shift": 0.0, "rotation": 1.0, "scale": 0.0, "shear": 0.0, "elastic": 0.01},
    # Enough steps to grow through all resolutions.
    "progan": {"steps": 8},
    # γ begins at 0 and keeps gradients from what is behind it; norms follow a step later.
    "sagan": {"steps": 4, "discriminator_learning_rate": 1e-2},
    "stylegan3": {"layers": 3, "style_size": 6, "widest": 8},
}
"""What a family has otherwise."""


def tiny(family: str, **settings: Any) -> GeneratorConfig:
    """The smallest useful configuration of a family, with these settings where it has them."""
    if family == "diffusers_lora":
        settings = {"pipeline": str(pixel_pipeline()), **settings}
    return generator_config(family, **{**TINY, **OWN.get(family, {}), **settings})


@pytest.fixture
def make_trainer(tmp_path: Path) -> Iterator[Callable[..., tuple[AdversarialTrainer, Any]]]:
    """A function (kind, config, (pack, classes), **fit) → (trainer, generator) of three classes."""

    def make(
        kind: type[AdversarialGenerator[Any]], config: GeneratorConfig, data: Any, **fit: Any
    ) -> tuple[AdversarialTrainer, Any]:
        pack, targets = data
        gan = kind(pack.shape, 3, config, seed=1)
        images = AnnotatedImages(pack, np.arange(len(pack)), targets)
        given = GeneratorFit(1, tmp_path, ResumeFile(tmp_path, "print"), (), ignore, never, **fit)
        return gan.trainer(images, given), gan

    with repeatable(1), layer_randomness(torch.device("cpu")):
        yield make
