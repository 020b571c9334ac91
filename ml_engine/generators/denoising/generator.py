"""A network that denoises, its moving average that draws, and what becomes of a latent."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import DenoisingConfig
from ml_engine.devices import mixed_precision, pick_device
from ml_engine.generators.denoising.noise import Noise, Predict
from ml_engine.generators.denoising.trainer import DenoisingTrainer
from ml_engine.generators.fitting import fit_steps
from ml_engine.generators.health import Health
from ml_engine.generators.protocol import GeneratorFit, narrowed
from ml_engine.generators.sampling import draw_in_chunks, encode_in_chunks
from ml_engine.randomness import seed_layers

DenoisingSettings = TypeVar("DenoisingSettings", bound=DenoisingConfig)


class Denoiser(nn.Module, ABC):
    """The network, and the space that it works in: pixels, or a smaller one of its own."""

    noise: Noise
    noise_shape: tuple[int, int, int]
    """Of one image in that space: (C', H', W')."""

    @abstractmethod
    def forward(self, x: Tensor, t: Tensor, classes: Tensor) -> Tensor:
        """Noisy x (B, C', H', W'), t (B,) and classes (B,) to a prediction of the same shape.

        The class after the last one is none: what is known without a class.
        """

    def into(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] in the network's space."""
        return images

    def out_of(self, x: Tensor) -> Tensor:
        """The inverse of `into`, as near as it comes."""
        return x

    def told(self, class_names: tuple[str, ...]) -> None:
        """Take note of what the classes are called."""


class DenoisingGenerator(ABC, Generic[DenoisingSettings]):
    """A `Generator` whose latent is the noise that its image begins as."""

    config_type: ClassVar[type[GeneratorConfig]]
    has_gradients: ClassVar[bool] = False

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        self.config: DenoisingSettings = narrowed(config, self.config_type)  # type: ignore[assignment]
        self.shape, self.class_count = shape, class_count
        self.device = device or pick_device()
        seed_layers(self.device, seed, "initialisation")
        # Channels last, normalisation by groups takes twice as long on a CPU.
        is_fast = self.device.type == "cuda"
        self.memory_format = torch.channels_last if is_fast else torch.contiguous_format
        network = self.build_network().to(self.device)
        self.network: Denoiser = network.to(memory_format=self.memory_format)  # type: ignore[call-overload]
        self.latent_size = math.prod(self.network.noise_shape)
        self.average = {name: p.detach().clone() for name, p in self.learnt().items()}

    @abstractmethod
    def build_network(self) -> Denoiser:
        """A fresh network; raises `ConfigError` for a shape that it cannot make."""

    @property
    def knows_no_class(self) -> bool:
        """Whether there is a prediction without a class: with one class only, it is the same."""
        return self.class_count > 1 and self.config.unconditional_share > 0

    def learnt(self) -> dict[str, nn.Parameter]:
        """The weights that are trained, by name."""
        return {name: p for name, p in self.network.named_parameters() if p.requires_grad}

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """See `Generator.fit`."""
        self.network.told(fit.class_names)
        return fit_steps(self, DenoisingTrainer(self, images, fit), self.config, fit)

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`."""
        return draw_in_chunks(self.draw, latents, classes, self.shape, self.device)

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Generator.encode`: DDIM backwards (Song et al. 2021, §4.3), without guidance."""
        return encode_in_chunks(self._encode, images, classes, self.latent_size, self.device)

    def _encode(self, x: Tensor, classes: Tensor) -> Tensor:
        predict = self._predict(classes, guidance=1)
        x = self.network.into(x)
        return self.network.noise.invert(predict, x, self.config.sampling_steps).flatten(1)

    def draw(self, z: Tensor, classes: Tensor) -> Tensor:
        """See `Drawn.draw`."""
        config = self.config
        predict = self._predict(classes, config.guidance if self.knows_no_class else 1)
        x = z.view(-1, *self.network.noise_shape).contiguous(memory_format=self.memory_format)
        x = self.network.noise.solve(predict, x, config.sampler, config.sampling_steps)
        return self.network.out_of(x)

    def _predict(self, classes: Tensor, guidance: float) -> Predict:
        """What the averaged weights predict, pushed towards the classes (B,).

        ∅ + w (c - ∅) (Ho & Salimans 2022, eq. 6 with w - 1 as their w), in one pass where w is 1.
        """

        def plain(x: Tensor, t: Tensor, y: Tensor) -> Tensor:
            with mixed_precision(self.device):
                prediction: Tensor = functional_call(self.network, self.average, (x, t, y))
            return prediction.float()

        def pushed(x: Tensor, t: Tensor) -> Tensor:
            none = torch.full_like(classes, self.class_count)
            both = plain(torch.cat([x, x]), torch.cat([t, t]), torch.cat([classes, none]))
            with_class, without = both.chunk(2)
            return without + guidance * (with_class - without)

        return (lambda x, t: plain(x, t, classes)) if guidance == 1 else pushed

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`."""
        now = {f"network.{name}": p.detach() for name, p in self.learnt().items()}
        return now | {f"average.{name}": tensor for name, tensor in self.average.items()}

    @torch.no_grad()
    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        own = self.state()
        for name, tensor in own.items():
            if state[name].shape != tensor.shape:
                raise RuntimeError(
                    f"{name} is {tuple(state[name].shape)}, not {tuple(tensor.shape)}"
                )
        for name, tensor in own.items():
            tensor.copy_(state[name])
