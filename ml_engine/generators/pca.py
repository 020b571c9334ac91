"""The statistical baseline: principal components, and a Gaussian per class in them.

Linear, made in seconds, varied and blurred. What a network's images are worth shows beside it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import AnnotatedImages, to_network
from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import PcaConfig
from ml_engine.generators.health import Health, examine
from ml_engine.generators.protocol import GeneratorFit, narrowed
from ml_engine.generators.sampling import draw_in_chunks
from ml_engine.randomness import normal, numpy_generator

MOST_LEARNT = 20_000
"""Images that the components are computed from; more do not move them."""
SHRINKAGE = 0.05
"""Share of a class's covariance that is taken from all classes together: few images of a class
leave its own without a full rank (Ledoit & Wolf 2004, with a fixed weight)."""


class Pca:
    """A `Generator`: x = μ + W(m_c + L_c z), with L_c the Cholesky factor of class c."""

    config_type: ClassVar[type[GeneratorConfig]] = PcaConfig

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        self.shape, self.class_count = shape, class_count
        self.config = narrowed(config, PcaConfig)
        pixels = shape.channels * shape.size**2
        d = self.latent_size = min(self.config.latent_size, pixels)
        # A matrix product this small is not worth a GPU, and sums there have another order.
        self.device = torch.device("cpu")
        self._mean = torch.zeros(pixels)
        self._components = torch.zeros(pixels, d)
        self._class_means = torch.zeros(class_count, d)
        self._class_factors = torch.zeros(class_count, d, d)

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """See `Generator.fit`."""
        order = numpy_generator(fit.seed, "pca").permutation(len(images))[:MOST_LEARNT]
        pixels, classes = images.take(np.sort(order))
        if self.config.mirror:
            pixels, classes = torch.cat([pixels, pixels.flip(3)]), torch.cat([classes, classes])
        x = to_network(pixels, self.device).flatten(1)
        self._mean = x.mean(dim=0)
        centred = x - self._mean
        _, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
        self._components = vectors.flip(1)[:, : self.latent_size].contiguous()
        self._fit_classes(centred @ self._components, classes)
        reference = fit.reference and fit.reference.part(fit.seed)
        return examine(reference, lambda c: self._draw_some(c, fit.seed), 0, fit.seed)

    def _fit_classes(self, codes: Tensor, classes: Tensor) -> None:
        common = torch.cov(codes.T) + 1e-6 * torch.eye(self.latent_size)
        for c in range(self.class_count):
            own = codes[classes == c]
            spread = common
            if len(own) > 1:
                spread = (1 - SHRINKAGE) * torch.cov(own.T) + SHRINKAGE * common
            self._class_means[c] = own.mean(dim=0) if len(own) else codes.mean(dim=0)
            self._class_factors[c] = torch.linalg.cholesky(spread)

    def _draw_some(self, classes: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
        return self.sample(
            normal((len(classes), self.latent_size), seed, "health").numpy(), classes
        )

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`."""
        return draw_in_chunks(self._draw, latents, classes, self.shape, self.device)

    def _draw(self, z: Tensor, classes: Tensor) -> Tensor:
        spread = (self._class_factors[classes] @ z[:, :, None])[:, :, 0]
        x = self._mean + (self._class_means[classes] + spread) @ self._components.T
        return x.view(-1, self.shape.channels, self.shape.size, self.shape.size)

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Generator.encode`."""
        x = to_network(torch.from_numpy(images.copy()), self.device).flatten(1)
        c = torch.from_numpy(classes)
        codes = (x - self._mean) @ self._components - self._class_means[c]
        z = torch.linalg.solve_triangular(self._class_factors[c], codes[:, :, None], upper=False)
        return np.asarray(z[:, :, 0].numpy())

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`."""
        return {
            "mean": self._mean,
            "components": self._components,
            "class_means": self._class_means,
            "class_factors": self._class_factors,
        }

    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        for name, own in self.state().items():
            if state[name].shape != own.shape:
                raise RuntimeError(f"{name} is {tuple(state[name].shape)}, not {tuple(own.shape)}")
        self._mean, self._components = state["mean"], state["components"]
        self._class_means, self._class_factors = state["class_means"], state["class_factors"]
