"""What a discriminator sees of images: augmented, and with noise, real and synthetic alike."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ml_engine.config.generators import AdversarialConfig
from ml_engine.distributed import own_counters, shared_normal
from ml_engine.generators.parts.augmentation import augment, augment_differentiably
from ml_engine.randomness import numpy_generator

ADJUST_EVERY = 4
"""Batches between two adjustments of the strength (Karras et al. 2020, §3.2)."""
ADJUST_IMAGES = 500_000
"""Images in which the strength can grow from 0 to 1 (Karras et al. 2020, §3.2) …"""
ADJUST_SHARE = 0.2
"""… or in this share of a training that is shorter than theirs, where it would come too late."""
STRONGEST = 0.8
"""Beyond it, changes begin to show in what is generated (Karras et al. 2020, §2.2)."""


class View:
    """The changes by `AdversarialConfig.augmentation` and `instance_noise`."""

    def __init__(self, config: AdversarialConfig, seed: int) -> None:
        self._config, self._seed = config, seed
        self._batches = config.steps * config.discriminator_steps
        images = min(ADJUST_IMAGES, ADJUST_SHARE * self._batches * config.batch_size)
        self._adjustment = ADJUST_EVERY * config.batch_size / images
        self._adapts = config.augmentation == "adaptive"
        self.strength = 0.0
        """Probability of each adaptive change."""
        self._heard: list[Tensor] = []

    def __call__(self, images: Tensor, part: str, batch: int) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] as they are seen in the discriminator's batch `batch`.

        `part` names what they are, since real and synthetic images are changed independently.
        """
        draws = numpy_generator(self._seed, f"view of {part}", batch, *own_counters())
        if self._config.augmentation == "differentiable":
            images = augment_differentiably(images, draws)
        elif self._adapts:
            images = augment(
                images,
                self.strength,
                draws,
                turns=self._config.mirror,
                categories=self._config.categories,
            )
        deviation = self._config.instance_noise * max(0.0, 1 - batch / self._batches)
        if deviation:
            noise = shared_normal(tuple(images.shape), self._seed, f"instance noise {part}", batch)
            images = images + deviation * noise.to(images.device)
        return images

    def adapt(self, overfitting: Tensor) -> None:
        """Hear a batch's r_t = E[sign D(x)] on real images; adjust the strength now and then.

        It grows where the discriminator is surer of the real images than the target allows, and
        falls where it is not (Karras et al. 2020, §3.2).
        """
        if not self._adapts:
            return
        self._heard.append(overfitting)
        if len(self._heard) < ADJUST_EVERY:
            return
        excess = float(torch.stack(self._heard).mean()) - self._config.augmentation_target
        by = self._adjustment if excess > 0 else -self._adjustment
        self.strength = min(max(self.strength + by, 0.0), STRONGEST)
        self._heard = []

    def curve(self) -> dict[str, Tensor]:
        """The strength, where it adapts."""
        return {"augmentation": torch.tensor(self.strength)} if self._adapts else {}

    def tensors(self) -> dict[str, Tensor]:
        """What the next view depends on."""
        if not self._adapts:
            return {}
        heard = torch.stack(self._heard) if self._heard else torch.zeros(0)
        strength = torch.tensor(self.strength, dtype=torch.float64)
        return {"view.strength": strength, "view.heard": heard}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back `tensors()`."""
        if self._adapts:
            self.strength = float(tensors["view.strength"])
            self._heard = list(tensors["view.heard"].unbind())
