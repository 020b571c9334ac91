"""The class-conditional convolutional GAN: crisp small images after minutes on a CPU.

Non-saturating loss (Goodfellow et al. 2014), lazy R1 (Mescheder et al. 2018; Karras et al. 2020,
§3.2), minibatch standard deviation (Karras et al. 2018), projection discriminator (Miyato &
Koyama 2018) on a flattened head, conditional batch normalisation in the generator, and a moving
average of its weights for sampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.batches import (
    AnnotatedImages,
    BatchStream,
    mirror,
    square_root_weights,
    to_network,
    to_pixels,
)
from ml_engine.config import ConfigError, EngineEvent, GeneratorConfig, ImageShape
from ml_engine.devices import descend, mixed_precision, pick_device, place
from ml_engine.generators.parts.averaging import set_standing_statistics, update_average
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm, Projection
from ml_engine.generators.parts.losses import (
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
)
from ml_engine.generators.parts.minibatch import MinibatchStandardDeviation
from ml_engine.generators.parts.penalties import r1
from ml_engine.generators.parts.sheets import save_sheet
from ml_engine.generators.protocol import CannotEncodeError, GeneratorFit
from ml_engine.randomness import normal, numpy_generator, seed_layers
from ml_engine.resuming import (
    module_tensors,
    optimizer_tensors,
    restore_module,
    restore_optimizer,
    run_steps,
)

HEAD_FEATURES = 128
WIDEST = 4
"""The smallest maps have this many times the base width."""
SAMPLING_CHUNK = 64
SHEETS = 10
SHEET_COLUMNS = 10
STANDING_BATCHES = 64


def _widths(shape: ImageShape, width: int) -> tuple[int, list[int]]:
    """The side of the smallest maps, and the widths from the smallest maps to the image."""
    side, halvings = shape.size, 0
    while side % 2 == 0 and side > 7:
        side, halvings = side // 2, halvings + 1
    if halvings < 2:
        raise ConfigError(
            f"ImageShape.size is {shape.size}; a conditional GAN takes sizes divisible by 4, "
            "from 16."
        )
    return side, [width * min(WIDEST, 2**i) for i in range(halvings, -1, -1)]


class GeneratorNetwork(nn.Module):
    """Latents and classes to images, doubling the maps until they have the image's size."""

    def __init__(self, shape: ImageShape, class_count: int, config: GeneratorConfig) -> None:
        super().__init__()
        self.side, widths = _widths(shape, config.width)
        self.classes = nn.Embedding(class_count, config.latent_size)
        self.dense = nn.Linear(2 * config.latent_size, widths[0] * self.side**2)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(i, o, 4, stride=2, padding=1, bias=False)
            for i, o in pairwise(widths)
        )
        self.normalisations = nn.ModuleList(ConditionalBatchNorm(w, class_count) for w in widths)
        self.to_image = nn.Conv2d(widths[-1], shape.channels, 3, padding=1)

    def forward(self, z: Tensor, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to images (B, C, H, W) in [-1, 1]."""
        x = self.dense(torch.cat([z, self.classes(classes)], dim=1))
        x = x.view(len(z), -1, self.side, self.side).to(memory_format=torch.channels_last)
        x = F.relu(self.normalisations[0](x, classes))
        for up, normalisation in zip(self.up, self.normalisations[1:], strict=True):
            x = F.relu(normalisation(up(x), classes))
        return torch.tanh(self.to_image(x))


class DiscriminatorNetwork(nn.Module):
    """Images and classes to one logit each."""

    def __init__(self, shape: ImageShape, class_count: int, config: GeneratorConfig) -> None:
        super().__init__()
        side, widths = _widths(shape, config.width)
        widths = widths[::-1]
        self.from_image = nn.Conv2d(shape.channels, widths[0], 3, padding=1)
        self.down = nn.ModuleList(
            nn.Conv2d(i, o, 4, stride=2, padding=1) for i, o in pairwise(widths)
        )
        self.variety = MinibatchStandardDeviation()
        self.last = nn.Conv2d(widths[-1] + 1, widths[-1], 3, padding=1)
        self.head = nn.Linear(widths[-1] * side**2, HEAD_FEATURES)
        self.projection = Projection(HEAD_FEATURES, class_count)

    def forward(self, x: Tensor, classes: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] and classes (B,) to logits (B,)."""
        x = F.leaky_relu(self.from_image(x), 0.2)
        for down in self.down:
            x = F.leaky_relu(down(x), 0.2)
        x = F.leaky_relu(self.last(self.variety(x)), 0.2)
        f = F.leaky_relu(self.head(x.flatten(1)), 0.2)
        logits: Tensor = self.projection(f.float(), classes)
        return logits


class ConditionalGan:
    """A `Generator`: both networks and the moving average that samples."""

    family: ClassVar[str] = "conditional_gan"

    def __init__(
        self,
        shape: ImageShape,
        class_count: int,
        config: GeneratorConfig,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        self.shape, self.class_count, self.latent_size = shape, class_count, config.latent_size
        self.device = device or pick_device()
        seed_layers(self.device, seed, "initialisation")
        self.generator = place(GeneratorNetwork(shape, class_count, config), self.device)
        self.discriminator = place(DiscriminatorNetwork(shape, class_count, config), self.device)
        self.average = deepcopy(self.generator).eval().requires_grad_(False)

    def fit(self, images: AnnotatedImages, config: GeneratorConfig, fit: GeneratorFit) -> None:
        """See `Generator.fit`."""
        trainer = ConditionalGanTrainer(self, images, config, fit)
        run_steps(
            trainer,
            config.steps,
            config.checkpoint_every,
            fit.resume,
            fit.on_event,
            fit.should_stop,
        )
        trainer.finish()

    @torch.inference_mode()
    def sample(self, latents: NDArray[np.float32], classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """See `Generator.sample`."""
        chunks = [
            self._sample_chunk(latents[i : i + SAMPLING_CHUNK], classes[i : i + SAMPLING_CHUNK])
            for i in range(0, len(classes), SAMPLING_CHUNK)
        ]
        empty = np.zeros((0, self.shape.channels, self.shape.size, self.shape.size), np.uint8)
        return np.concatenate([empty, *chunks])

    def _sample_chunk(
        self, latents: NDArray[np.float32], classes: NDArray[np.int64]
    ) -> NDArray[np.uint8]:
        # Always a full chunk: kernels, and with them the last bits, may depend on the batch size.
        z = torch.zeros(SAMPLING_CHUNK, self.latent_size)
        y = torch.zeros(SAMPLING_CHUNK, dtype=torch.int64)
        z[: len(latents)] = torch.from_numpy(latents)
        y[: len(classes)] = torch.from_numpy(classes)
        return to_pixels(self.average(z.to(self.device), y.to(self.device)))[: len(classes)]

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Generator.encode`."""
        raise CannotEncodeError("A conditional GAN has no encoder.")

    def state(self) -> dict[str, Tensor]:
        """See `Generator.state`."""
        return (
            module_tensors("generator", self.generator)
            | module_tensors("discriminator", self.discriminator)
            | module_tensors("average", self.average)
        )

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """See `Generator.load_state`."""
        restore_module("generator", self.generator, state)
        restore_module("discriminator", self.discriminator, state)
        restore_module("average", self.average, state)


class ConditionalGanTrainer:
    """A `Trainer` of a `ConditionalGan`."""

    def __init__(
        self,
        gan: ConditionalGan,
        images: AnnotatedImages,
        config: GeneratorConfig,
        fit: GeneratorFit,
    ) -> None:
        self._gan, self._images, self._config, self._fit = gan, images, config, fit
        # Groups of the minibatch statistic must not mix real and generated images.
        self._batch_size = config.batch_size // 4 * 4
        self._stream = BatchStream(
            len(images), self._batch_size, fit.seed, square_root_weights(images.targets)
        )
        self._optimizer_g = self._adam(gan.generator)
        self._optimizer_d = self._adam(gan.discriminator)
        self._r1 = torch.zeros((), device=gan.device)

    def _adam(self, network: nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam(
            network.parameters(), self._config.learning_rate, betas=(0.0, 0.99), fused=True
        )

    def step(self, number: int) -> Mapping[str, Tensor]:
        """One update of each network, from the same generated images."""
        real, y = self._real(number)
        z = normal((len(y), self._gan.latent_size), self._fit.seed, "latents", number)
        with mixed_precision(self._gan.device):
            fake = self._gan.generator(z.to(self._gan.device), y)
        loss_d, scores = self._update_discriminator(real, fake.detach(), y)
        if number % self._config.r1_every == 0 and self._config.r1_gamma > 0:
            self._r1 = self._update_penalty(real, y)
        loss_g = self._update_generator(fake, y)
        update_average(self._gan.average, self._gan.generator, self._config.ema_decay)
        real_score, fake_score = scores.view(2, -1).sigmoid().mean(dim=1)
        return {
            "loss_d": loss_d, "loss_g": loss_g, "r1": self._r1,
            "real_score": real_score, "fake_score": fake_score,
        }  # fmt: skip

    def _real(self, number: int) -> tuple[Tensor, Tensor]:
        images, classes = self._images.take(self._stream.indices(number))
        if self._config.mirror:
            images = mirror(images, numpy_generator(self._fit.seed, "augmentation", number))
        return to_network(images, self._gan.device), classes.to(self._gan.device)

    def _update_discriminator(self, real: Tensor, fake: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        with mixed_precision(self._gan.device):
            logits = self._gan.discriminator(torch.cat([real, fake.float()]), torch.cat([y, y]))
        loss = non_saturating_discriminator_loss(*logits.chunk(2))
        descend(self._optimizer_d, loss)
        return loss.detach(), logits.detach()

    def _update_penalty(self, real: Tensor, y: Tensor) -> Tensor:
        """Lazy R1: every few steps, as much stronger (Karras et al. 2020, §3.2), in float32."""
        half = len(y) // 8 * 4 or len(y)
        penalty = r1(lambda x: self._gan.discriminator(x, y[:half]), real[:half])
        descend(self._optimizer_d, penalty * (self._config.r1_gamma / 2 * self._config.r1_every))
        return penalty.detach()

    def _update_generator(self, fake: Tensor, y: Tensor) -> Tensor:
        self._gan.discriminator.requires_grad_(False)
        with mixed_precision(self._gan.device):
            logits = self._gan.discriminator(fake, y)
        loss = non_saturating_generator_loss(logits)
        descend(self._optimizer_g, loss)
        self._gan.discriminator.requires_grad_(True)
        return loss.detach()

    def tensors(self) -> dict[str, Tensor]:
        """Networks and optimisers."""
        return (
            self._gan.state()
            | optimizer_tensors("optimizer_g", self._optimizer_g)
            | optimizer_tensors("optimizer_d", self._optimizer_d)
            | {"last_r1": self._r1}
        )

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back networks and optimisers."""
        self._gan.load_state(tensors)
        restore_optimizer("optimizer_g", self._optimizer_g, tensors)
        restore_optimizer("optimizer_d", self._optimizer_d, tensors)
        self._r1 = tensors["last_r1"].to(self._gan.device)

    def observe(self, done: int) -> Mapping[str, float]:
        """Now and then, save a sheet of samples with the same latents in every column."""
        if done % max(1, self._config.steps // SHEETS):
            return {}
        z = normal((SHEET_COLUMNS, self._gan.latent_size), self._fit.seed, "sheet").numpy()
        classes = np.arange(self._gan.class_count).repeat(SHEET_COLUMNS)
        images = self._gan.sample(np.tile(z, (self._gan.class_count, 1)), classes)
        path = self._fit.folder / "samples" / f"step_{done:06d}.png"
        save_sheet(images, SHEET_COLUMNS, path)
        self._fit.on_event(EngineEvent("samples", done, self._config.steps, {}, path=path))
        return {}

    def finish(self) -> None:
        """Give the averaged generator statistics of its own, over the training's classes."""

        def run(number: int) -> Tensor:
            _, classes = self._images.take(self._stream.indices(number))
            size = (len(classes), self._gan.latent_size)
            z = normal(size, self._fit.seed, "standing statistics", number)
            images: Tensor = self._gan.average(z.to(self._gan.device), classes.to(self._gan.device))
            return images

        set_standing_statistics(self._gan.average, STANDING_BATCHES, run)
