"""The β-VAE with a learned decoder variance, conditional on the class.

Kingma & Welling 2014 with the class in encoder and decoder (Sohn et al. 2015), the weight β of
Higgins et al. 2017, and the decoder's variance learned with the rest (Rybkin et al. 2021, §3.1):
it balances reconstruction and latents without a weight that depends on the size of the images.
Latents are drawn as those of the class's images lie, by a normal distribution fitted to them (Ghosh
et al. 2020, §4).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import deepcopy
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.batches import AnnotatedImages
from ml_engine.config import GeneratorConfig, ImageShape
from ml_engine.config.generators import VaeConfig
from ml_engine.descent import descend
from ml_engine.devices import mixed_precision, pick_device, place
from ml_engine.distributed import gathered, shared_normal
from ml_engine.generators.fitting import fit_steps
from ml_engine.generators.health import Health
from ml_engine.generators.parts.averaging import ramped, update_average
from ml_engine.generators.parts.class_gaussians import ClassGaussians
from ml_engine.generators.parts.cooldown import LearningRates
from ml_engine.generators.parts.pyramid import strided_pyramid
from ml_engine.generators.parts.real_batches import RealBatches
from ml_engine.generators.protocol import GeneratorFit, narrowed
from ml_engine.generators.sampling import draw_in_chunks, encode_in_chunks
from ml_engine.randomness import seed_layers
from ml_engine.resuming import (
    module_tensors,
    optimizer_tensors,
    restore_module,
    restore_optimizer,
)

HIDDEN = 256
"""Units between maps and latents."""
GROUPS = 8
"""Into which feature maps are split to be normalised; fewer where they do not divide."""
VARIANCE_HASTE = 10
"""The logarithm of the variance falls by several units, weights move by fractions of one."""
LEAST_LOG_VARIANCE = 2 * math.log(1 / 255)
"""A deviation of half a grey level: nothing finer was ever in the image."""


def _group_norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(GROUPS, width), width)


class Encoder(nn.Module):
    """Images and classes to a normal distribution of latents."""

    def __init__(self, shape: ImageShape, class_count: int, config: VaeConfig) -> None:
        super().__init__()
        maps = strided_pyramid(shape, config.width, type(config))
        widths = maps.widths[::-1]
        self.down = nn.ModuleList(
            nn.Conv2d(i, o, 4, stride=2, padding=1) for i, o in pairwise((shape.channels, *widths))
        )
        self.normalisations = nn.ModuleList(_group_norm(w) for w in widths)
        self.classes = nn.Embedding(class_count, HIDDEN)
        self.hidden = nn.Linear(widths[-1] * maps.side**2, HIDDEN)
        self.latents = nn.Linear(HIDDEN, 2 * config.latent_size)

    def forward(self, x: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, C, H, W) in [-1, 1] and classes (B,) to μ and log σ², both (B, Z)."""
        for down, normalisation in zip(self.down, self.normalisations, strict=True):
            x = F.silu(normalisation(down(x)))
        x = F.silu(self.hidden(x.flatten(1)) + self.classes(classes))
        mean, log_variance = self.latents(x).float().chunk(2, dim=1)
        return mean, log_variance


class Decoder(nn.Module):
    """Latents and classes to the mean of the images, and one variance for each channel."""

    def __init__(self, shape: ImageShape, class_count: int, config: VaeConfig) -> None:
        super().__init__()
        maps = strided_pyramid(shape, config.width, type(config))
        widths = maps.widths
        self.side = maps.side
        self.classes = nn.Embedding(class_count, HIDDEN)
        self.hidden = nn.Linear(config.latent_size, HIDDEN)
        self.maps = nn.Linear(HIDDEN, widths[0] * maps.side**2)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(i, o, 4, stride=2, padding=1) for i, o in pairwise(widths)
        )
        self.normalisations = nn.ModuleList(_group_norm(w) for w in widths)
        self.to_image = nn.ConvTranspose2d(widths[-1], shape.channels, 4, stride=2, padding=1)
        self.free_log_variance = nn.Parameter(torch.zeros(shape.channels))

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1]."""
        x = F.silu(self.hidden(z) + self.classes(classes))
        x = self.maps(x).view(len(z), -1, self.side, self.side)
        x = F.silu(self.normalisations[0](x.to(memory_format=torch.channels_last)))
        for up, normalisation in zip(self.up, self.normalisations[1:], strict=True):
            x = F.silu(normalisation(up(x)))
        return torch.tanh(self.to_image(x))

    def log_variance(self) -> Tensor:
        """log σ² (C,), softly bounded from below (Rybkin et al. 2021, appendix)."""
        return LEAST_LOG_VARIANCE + F.softplus(self.free_log_variance - LEAST_LOG_VARIANCE)


class Coders(nn.Module):
    """The two networks, which learn together."""

    def __init__(self, shape: ImageShape, class_count: int, config: VaeConfig) -> None:
        super().__init__()
        self.encoder = Encoder(shape, class_count, config)
        self.decoder = Decoder(shape, class_count, config)


def reconstruction_loss(x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """-log N(x; μ, σ²), summed over the pixels of an image and averaged over the batch.

    Images (B, C, H, W) and log σ² (C,).
    """
    log_variance = log_variance.view(1, -1, 1, 1)
    squares = (x - mean).square() * torch.exp(-log_variance)
    loss: Tensor = (squares + log_variance + math.log(2 * math.pi)).sum(dim=(1, 2, 3)).mean() / 2
    return loss


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) of latents (B, Z), summed over Z and averaged over the batch
    (Kingma & Welling 2014, appendix B)."""
    kl = (mean.square() + log_variance.exp() - 1 - log_variance) / 2
    return kl.sum(dim=1).mean()


class Vae:
    """A `Generator`; see the module."""

    config_type: ClassVar[type[GeneratorConfig]] = VaeConfig
    has_gradients: ClassVar[bool] = True

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        self.config = narrowed(config, VaeConfig)
        self.shape, self.class_count = shape, class_count
        self.latent_size = self.config.latent_size
        self.device = device or pick_device()
        seed_layers(self.device, seed, "initialisation")
        self.coders = place(Coders(shape, class_count, self.config), self.device)
        self.average = deepcopy(self.coders).eval().requires_grad_(False)
        self.latents = ClassGaussians(class_count, self.latent_size).to(self.device)

    def fit(self, images: AnnotatedImages, fit: GeneratorFit) -> Health:
        """See `Generator.fit`."""
        return fit_steps(self, VaeTrainer(self, images, fit), self.config, fit)

    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`; the mean of the images that the latents stand for."""
        return draw_in_chunks(self.draw, latents, classes, self.shape, self.device)

    def draw(self, z: Tensor, classes: Tensor) -> Tensor:
        """See `Drawn.draw`."""
        x: Tensor = self.average.decoder(self.latents.place(z, classes), classes)
        return x

    def encode(self, images: NDArray[np.uint8], classes: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Generator.encode`; the mean of the latents that the images stand for."""

        def mean(x: Tensor, y: Tensor) -> Tensor:
            return self.latents.standardise(self.average.encoder(x, y)[0], y)

        return encode_in_chunks(mean, images, classes, self.latent_size, self.device)

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`."""
        return (
            module_tensors("coders", self.coders)
            | module_tensors("average", self.average)
            | module_tensors("latents", self.latents)
        )

    def load_state(self, state: dict[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        restore_module("coders", self.coders, state)
        restore_module("average", self.average, state)
        restore_module("latents", self.latents, state)


class VaeTrainer:
    """A `GeneratorTrainer` of a `Vae`."""

    def __init__(self, vae: Vae, images: AnnotatedImages, fit: GeneratorFit) -> None:
        self._vae, self._config, self._seed = vae, vae.config, fit.seed
        self._batches = RealBatches(
            images, vae.config.batch_size, fit.seed, vae.device, mirrored=vae.config.mirror
        )
        rate = vae.config.learning_rate
        variance = vae.coders.decoder.free_log_variance
        weights = [p for p in vae.coders.parameters() if p is not variance]
        groups: list[dict[str, Any]] = [
            {"params": weights, "lr": rate},
            {"params": [variance], "lr": VARIANCE_HASTE * rate},
        ]
        self._optimizer = torch.optim.Adam(groups, fused=True)
        self._rates = LearningRates(vae.config, self._optimizer)

    def step(self, number: int) -> Mapping[str, Tensor]:
        """One descent on the negative evidence lower bound, its divergence weighted by β."""
        self._rates.set(number)
        coders, device = self._vae.coders, self._vae.device
        x, y = self._batches.take(number)
        size = (len(y), self._vae.latent_size)
        noise = shared_normal(size, self._seed, "posterior", number).to(device)
        with mixed_precision(device):
            mean, log_variance = coders.encoder(x, y)
            z = mean + noise * torch.exp(log_variance / 2)
            decoded = coders.decoder(z, y).float()
        spread = coders.decoder.log_variance()
        reconstruction = reconstruction_loss(x, decoded, spread)
        kl = divergence(mean, log_variance)
        loss = reconstruction + self._beta(number) * kl
        norm = descend(self._optimizer, loss)
        self._vae.latents.update(
            gathered(mean.detach()), gathered(log_variance.detach().exp()), gathered(y)
        )
        update_average(self._vae.average, coders, ramped(self._config.ema_decay, number))
        return {
            "loss": loss.detach(),
            "reconstruction": reconstruction.detach(),
            "kl": kl.detach(),
            "deviation": torch.exp(spread.detach() / 2).mean(),
            "gradient": norm,
        }

    def _beta(self, number: int) -> float:
        """β, after a straight rise from 0 (Bowman et al. 2016, §3.1)."""
        rise = self._config.beta_warm_up * self._config.steps
        return self._config.beta * min(1.0, (number + 1) / max(1.0, rise))

    def tensors(self) -> dict[str, Tensor]:
        """Networks and optimiser."""
        return self._vae.state() | optimizer_tensors("optimizer", self._optimizer)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back networks and optimiser."""
        self._vae.load_state(dict(tensors))
        restore_optimizer("optimizer", self._optimizer, tensors)

    def finish(self) -> None:
        """Nothing is left to do: no statistic of a batch is kept."""
