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
from ml_engine.generators.health import Health
from ml_engine.generators.looking import look_once
from ml_engine.generators.protocol import GeneratorFit, narrowed
from ml_engine.generators.sampling import draw_in_chunks, encode_in_chunks
from ml_engine.randomness import numpy_generator, seed_layers

MOST_LEARNT = 20_000
"""Images that the components are computed from; more do not move them."""
MOST_VALUES = 2**27
"""Numbers in all images that they are computed from: half a gigabyte."""
EXACT = 1500
"""Rows of the largest matrix whose eigenvectors are computed exactly, in a second."""
OVERSAMPLED, POWER_ITERATIONS = 16, 4
"""Of the randomised decomposition; see `principal_components`."""


class Pca:
    """A `Generator`: x = μ + W(m_c + L_c z), with L_c the Cholesky factor of class c."""

    config_type: ClassVar[type[GeneratorConfig]] = PcaConfig
    has_gradients: ClassVar[bool] = True

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
        copies = 2 if self.config.mirror else 1
        most = max(1, min(MOST_LEARNT, MOST_VALUES // len(self._mean) // copies))
        order = numpy_generator(fit.seed, "pca").permutation(len(images))[:most]
        pixels, classes = images.take(np.sort(order))
        if self.config.mirror:
            pixels, classes = torch.cat([pixels, pixels.flip(3)]), torch.cat([classes, classes])
        x = to_network(pixels, self.device).flatten(1)
        self._mean = x.mean(dim=0)
        centred = x.sub_(self._mean)
        self._components = principal_components(centred, self.latent_size, fit.seed)
        self._fit_classes(centred @ self._components, classes)
        return look_once(self, fit)

    def _fit_classes(self, codes: Tensor, classes: Tensor) -> None:
        codes, d = codes.double(), self.latent_size
        means = codes.mean(dim=0).repeat(self.class_count, 1)
        scatters = torch.zeros(self.class_count, d, d, dtype=torch.float64)
        known = torch.bincount(classes, minlength=self.class_count)
        for c in known.nonzero().flatten().tolist():
            own = codes[classes == c]
            means[c] = own.mean(dim=0)
            scatters[c] = (own - means[c]).T @ (own - means[c])
        within = scatters.sum(dim=0) / max(1, len(codes) - int(known.count_nonzero()))
        # Few images leave directions without any spread, which no factor has.
        within += 1e-6 * torch.eye(d)
        # As if d more images of each class were spread as classes are within: the mode under an
        # inverse Wishart prior (Murphy 2012, eq. 4.166), for few leave a class no full rank.
        spreads = (scatters + d * within) / (known + d).view(-1, 1, 1)
        self._class_means = means.float()
        self._class_factors = torch.linalg.cholesky(spreads).float()

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`."""
        return draw_in_chunks(self.draw, latents, classes, self.shape, self.device)

    def draw(self, z: Tensor, classes: Tensor) -> Tensor:
        """See `Drawn.draw`."""
        spread = (self._class_factors[classes] @ z[:, :, None])[:, :, 0]
        x = self._mean + (self._class_means[classes] + spread) @ self._components.T
        return x.view(-1, self.shape.channels, self.shape.size, self.shape.size)

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Generator.encode`."""
        return encode_in_chunks(self._encode, images, classes, self.latent_size, self.device)

    def _encode(self, images: Tensor, classes: Tensor) -> Tensor:
        codes = (images.flatten(1) - self._mean) @ self._components - self._class_means[classes]
        factors = self._class_factors[classes]
        z: Tensor = torch.linalg.solve_triangular(factors, codes[:, :, None], upper=False)[:, :, 0]
        return z

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


def principal_components(centred: Tensor, count: int, seed: int) -> Tensor:
    """Orthonormal directions (D, count) of the most spread of `centred` (N, D), the most first.

    Exact where images or dimensions are few, else by randomised subspace iteration (Halko et al.
    2011, algorithm 5.1). Beyond the N directions that N images have, any orthonormal ones.
    """
    n, d = centred.shape
    if d <= EXACT:
        _, vectors = torch.linalg.eigh(centred.T @ centred / n)
        largest: Tensor = vectors.flip(1)[:, :count].contiguous()
        return largest
    seed_layers(centred.device, seed, "principal components")
    if n <= EXACT:
        _, weights = torch.linalg.eigh(centred @ centred.T / n)
        found = centred.T @ weights.flip(1)[:, :count]
    else:
        _, _, found = torch.svd_lowrank(centred, count + OVERSAMPLED, POWER_ITERATIONS)
        found = found[:, :count]
    more = torch.randn(d, count - found.shape[1])
    completed: Tensor = torch.linalg.qr(torch.cat([found, more], dim=1)).Q.contiguous()
    return completed
