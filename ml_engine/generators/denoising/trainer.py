"""The training of a denoising network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ml_engine.batches import AnnotatedImages
from ml_engine.descent import descend
from ml_engine.devices import mixed_precision
from ml_engine.distributed import process_count, share, shared_normal
from ml_engine.generators.parts.averaging import ramped
from ml_engine.generators.parts.cooldown import LearningRates
from ml_engine.generators.parts.real_batches import RealBatches
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import numpy_generator
from ml_engine.resuming import optimizer_tensors, restore_optimizer

if TYPE_CHECKING:
    from ml_engine.generators.denoising.generator import DenoisingGenerator

LARGEST_GRADIENT = 1.0
"""Longer gradients are cut to this norm."""


class DenoisingTrainer:
    """A `GeneratorTrainer` of a `DenoisingGenerator`: Ho et al. 2020, Algorithm 1."""

    def __init__(
        self, generator: DenoisingGenerator[Any], images: AnnotatedImages, fit: GeneratorFit
    ) -> None:
        self._generator, self._fit = generator, fit
        self._config, self._noise = generator.config, generator.network.noise
        self._learnt: list[Tensor] = list(generator.learnt().values())
        self._optimizer = torch.optim.Adam(self._learnt, self._config.learning_rate, fused=True)
        self._rates = LearningRates(generator.config, self._optimizer)
        self._weights = self._noise.weights(self._config.snr_cap).to(generator.device)
        self._real_batches = RealBatches(
            images,
            self._config.batch_size,
            fit.seed,
            generator.device,
            mirrored=self._config.mirror,
        )

    def step(self, number: int) -> Mapping[str, Tensor]:
        """One update, and one of the average."""
        self._rates.set(number)
        x_0, classes = self._batch(number)
        noise = shared_normal(tuple(x_0.shape), self._fit.seed, "noise", number).to(x_0.device)
        t = self._times(number, len(x_0)).to(x_0.device)
        x_t = self._noise.add(x_0, noise, t)
        with mixed_precision(self._generator.device):
            prediction = self._generator.network(self._laid(x_t), t, classes)
        loss = self._error(prediction.float(), self._noise.target(x_0, noise, t), t)
        norm = descend(self._optimizer, loss, longest=LARGEST_GRADIENT)
        self._update_average(number)
        return {"loss": loss.detach(), "gradient": norm}

    def _error(self, prediction: Tensor, target: Tensor, t: Tensor) -> Tensor:
        """The mean squared error, each image's by the weight of its level."""
        squares = F.mse_loss(prediction, target, reduction="none").flatten(1).mean(dim=1)
        return (self._weights[t] * squares).mean()

    def _batch(self, number: int) -> tuple[Tensor, Tensor]:
        """Images in the network's space, and their classes; some of them without."""
        images, classes = self._real_batches.take(number)
        with torch.no_grad():
            x_0 = self._generator.network.into(images)
        if self._generator.knows_no_class:
            # The order of a batch is random already, so any part of it is.
            count = len(classes) * process_count()
            part = math.ceil(self._config.unconditional_share * count)
            classes[share(torch.arange(count) < part)] = self._generator.class_count
        return x_0, classes

    def _times(self, number: int, count: int) -> Tensor:
        """t (B,) of this process's part of a batch that is spread evenly over all levels from a
        random beginning (Kingma et al. 2021, §C.3).

        A batch with all levels has a loss, and gradients, that vary less.
        """
        start = numpy_generator(self._fit.seed, "times", number).random()
        whole = count * process_count()
        spread = (start + torch.arange(whole, dtype=torch.float64) / whole) % 1
        return share((spread * self._noise.levels).long())

    def _laid(self, x: Tensor) -> Tensor:
        return x.contiguous(memory_format=self._generator.memory_format)

    @torch.no_grad()
    def _update_average(self, number: int) -> None:
        decay = ramped(self._config.ema_decay, number)
        torch._foreach_lerp_(list(self._generator.average.values()), self._learnt, 1 - decay)

    def tensors(self) -> dict[str, Tensor]:
        """Weights, average and optimiser."""
        return self._generator.state() | optimizer_tensors("optimizer", self._optimizer)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back weights, average and optimiser."""
        self._generator.load_state(dict(tensors))
        restore_optimizer("optimizer", self._optimizer, tensors)

    def finish(self) -> None:
        """Nothing: the average is ready at any moment."""
