"""A generator, the discriminator that teaches it, and the moving average that draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import AdversarialConfig
from ml_engine.devices import pick_device, place
from ml_engine.generators.adversarial.trainer import AdversarialTrainer
from ml_engine.generators.fitting import fit_steps
from ml_engine.generators.health import Health
from ml_engine.generators.parts.conditioning import Projection
from ml_engine.generators.parts.spectral import normalise_spectrally
from ml_engine.generators.protocol import CannotEncodeError, GeneratorFit, narrowed
from ml_engine.generators.sampling import draw_in_chunks
from ml_engine.randomness import seed_layers
from ml_engine.resuming import module_tensors, restore_module

AdversarialSettings = TypeVar("AdversarialSettings", bound=AdversarialConfig)


class Discriminator(nn.Module, ABC):
    """Images to features, and features and classes to logits by its `projection`."""

    projection: Projection

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to features (B, D), the last before the logit."""

    def judge(self, features: Tensor, classes: Tensor) -> Tensor:
        """Features (B, D) and classes (B,) to logits (B,), higher for more real."""
        logits: Tensor = self.projection(features, classes)
        return logits

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] and classes (B,) to logits (B,)."""
        return self.judge(self.features(x), classes)


class AdversarialGenerator(ABC, Generic[AdversarialSettings]):
    """A `Generator` of two networks; a family says which, and may change how they are trained.

    The generator network takes latents (B, Z) and classes (B,), and gives images (B, C, H, W) in
    [-1, 1].
    """

    config_type: ClassVar[type[GeneratorConfig]]
    has_gradients: ClassVar[bool] = True

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        self.config: AdversarialSettings = narrowed(config, self.config_type)  # type: ignore[assignment]
        self.shape, self.class_count = shape, class_count
        self.latent_size = self.config.latent_size
        self.device = device or pick_device()
        seed_layers(self.device, seed, "initialisation")
        self.generator = place(self.build_generator(), self.device)
        discriminator = self.build_discriminator()
        if self.config.spectral_norm:
            normalise_spectrally(discriminator)
        self.discriminator = place(discriminator, self.device)
        self.average = deepcopy(self.generator).eval().requires_grad_(False)

    @abstractmethod
    def build_generator(self) -> nn.Module:
        """A fresh generator network; raises `ConfigError` for a shape that it cannot make."""

    @abstractmethod
    def build_discriminator(self) -> Discriminator:
        """A fresh discriminator."""

    def begin(self, number: int) -> bool:
        """Prepare the networks for step `number`; True where optimisers must begin anew with it.

        Depends on nothing but the number, so that a resumed training finds the same networks.
        """
        return False

    def as_seen(self, real: Tensor) -> Tensor:
        """Real images as the discriminator sees them at this step."""
        return real

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """See `Generator.fit`."""
        return fit_steps(self, self.trainer(images, fit), self.config, fit)

    def trainer(self, images: AnnotatedImages, fit: GeneratorFit) -> AdversarialTrainer:
        """What trains the two; a family with phases of its own returns its own."""
        return AdversarialTrainer(self, images, fit)

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`."""
        return draw_in_chunks(self.draw, latents, classes, self.shape, self.device)

    def draw(self, z: Tensor, classes: Tensor) -> Tensor:
        """See `Drawn.draw`."""
        images: Tensor = self.average(z, classes)
        return images

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Generator.encode`."""
        raise CannotEncodeError(f"{self.config_type.title} has no encoder.")

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`."""
        return (
            module_tensors("generator", self.generator)
            | module_tensors("discriminator", self.discriminator)
            | module_tensors("average", self.average)
        )

    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        restore_module("generator", self.generator, state)
        restore_module("discriminator", self.discriminator, state)
        restore_module("average", self.average, state)
