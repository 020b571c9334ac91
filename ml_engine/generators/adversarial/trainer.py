"""The training of two networks by each other, with whatever parts a family asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from ml_engine.batches import AnnotatedImages
from ml_engine.descent import descend
from ml_engine.devices import mixed_precision
from ml_engine.distributed import (
    mean_over_all,
    normalise_over_all,
    process_count,
    share,
    shared_normal,
)
from ml_engine.generators.adversarial.view import View
from ml_engine.generators.parts.averaging import ramped, set_standing_statistics, update_average
from ml_engine.generators.parts.cooldown import LearningRates
from ml_engine.generators.parts.losses import ADVERSARIAL_LOSSES
from ml_engine.generators.parts.minibatch import MinibatchLayer
from ml_engine.generators.parts.penalties import r1, slope_penalty
from ml_engine.generators.parts.perceptual import WarmUp
from ml_engine.generators.parts.real_batches import RealBatches
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import normal, numpy_generator
from ml_engine.resuming import optimizer_tensors, restore_optimizer

if TYPE_CHECKING:
    from ml_engine.generators.adversarial.generator import AdversarialGenerator

STANDING_BATCHES = 64
GROUP = 4
"""Groups of the minibatch statistic must not mix real and synthetic images."""


class AdversarialTrainer:
    """A `GeneratorTrainer` of an `AdversarialGenerator`."""

    def __init__(
        self, gan: AdversarialGenerator[Any], images: AnnotatedImages, fit: GeneratorFit
    ) -> None:
        self._gan, self._fit = gan, fit
        self._config = gan.config
        self._loss = ADVERSARIAL_LOSSES[gan.config.loss]
        for network in (gan.generator, gan.discriminator):
            normalise_over_all(network)
        self._real_batches = RealBatches(
            images,
            gan.config.batch_size // GROUP * GROUP,
            fit.seed,
            gan.device,
            mirrored=gan.config.mirror,
        )
        self._warm_up = WarmUp(gan.config, fit, gan.device)
        self._view = self._begin_view()
        self._separate = any(_mixes(module) for module in gan.discriminator.modules())
        self._optimizers_begin()
        self._penalty = torch.zeros((), device=gan.device)

    def _optimizers_begin(self) -> None:
        config = self._config
        self._optimizer_g = self._adam(self._gan.generator, config.learning_rate)
        self._optimizer_d = self._adam(self._gan.discriminator, config.discriminator_learning_rate)
        self._rates = [LearningRates(config, one) for one in (self._optimizer_g, self._optimizer_d)]

    def _adam(
        self, network: nn.Module, learning_rate: float, share: float = 1.0
    ) -> torch.optim.Adam:
        """An optimiser of what learns in `network`, which learns in one of its updates `share` of
        what it would."""
        betas = (self._config.beta1**share, self._config.beta2**share)
        learning = [one for one in network.parameters() if one.requires_grad]
        return torch.optim.Adam(learning, learning_rate * share, betas=betas, fused=True)

    def _begin_view(self) -> View:
        """What the discriminator sees."""
        return View(self._config, self._fit.seed)

    def _decay(self, number: int) -> float:
        """How much of the average stays at step `number`."""
        return ramped(self._config.ema_decay, number)

    def step(self, number: int) -> Mapping[str, Tensor]:
        """The discriminator's updates, and one of the generator; in the warm-up, this alone."""
        if self._gan.begin(number) or number == self._warm_up.steps:
            self._optimizers_begin()
        for rates in self._rates:
            rates.set(number)
        warms_up = number < self._warm_up.steps
        values = self._step_warm_up(number) if warms_up else self._step_both(number)
        update_average(self._gan.average, self._gan.generator, self._decay(number))
        return values

    def _step_warm_up(self, number: int) -> dict[str, Tensor]:
        real, y = self._real(number)
        loss = self._warm_up.loss(self._fake(y, "warm-up latents", number), real)
        return {"loss_warm_up": loss.detach(), "gradient_g": descend(self._optimizer_g, loss)}

    def _step_both(self, number: int) -> dict[str, Tensor]:
        turns = self._config.discriminator_steps
        for turn in range(turns):
            batch = number * turns + turn
            real, y = self._real(batch)
            # The last turn's images teach the generator too where it is the only one.
            with torch.set_grad_enabled(turns == 1):
                fake = self._fake(y, "latents", batch)
            real = self._view(real, "real images", batch)
            values = self._update_discriminator(real, fake.detach(), y, batch)
        if turns > 1:
            fake = self._fake(y, "generator latents", number)
        return values | self._update_generator(real, fake, y, batch)

    def _real(self, batch: int) -> tuple[Tensor, Tensor]:
        real, y = self._real_batches.take(batch)
        return self._gan.as_seen(real), y

    def _fake(self, y: Tensor, purpose: str, number: int) -> Tensor:
        z = shared_normal((len(y), self._gan.latent_size), self._fit.seed, purpose, number)
        with mixed_precision(self._gan.device):
            return self._draw(z.to(self._gan.device), y, purpose, number)

    def _draw(self, z: Tensor, y: Tensor, purpose: str, number: int) -> Tensor:
        """Images of latents and classes; `purpose` and `number` name the draw of the latents."""
        images: Tensor = self._gan.generator(z, y)
        return images

    def _update_discriminator(
        self, real: Tensor, fake: Tensor, y: Tensor, batch: int
    ) -> dict[str, Tensor]:
        """From real images as they are seen, and fakes as they were made."""
        fake = self._view(fake.float(), "fakes", batch)
        with mixed_precision(self._gan.device):
            real_logits, fake_logits = self._judge(real, fake, y)
        loss = self._loss.discriminator(real_logits, fake_logits)
        if self._config.drift:
            loss = loss + self._config.drift * real_logits.square().mean()
        if self._config.gradient_penalty:
            loss = loss + self._config.gradient_penalty * self._slopes(real, fake, y, batch)
        norm = descend(self._optimizer_d, loss)
        if self._config.r1_gamma and batch % self._config.r1_every == 0:
            self._update_r1(real, y)
        # The heuristic r_t of Karras et al. 2020 (ADA), §3.1: 1 where all reals are called real.
        overfitting = mean_over_all((real_logits.detach() - self._loss.border).sign().mean())
        self._view.adapt(overfitting)
        return {
            "loss_d": loss.detach(),
            "penalty": self._penalty,
            "gradient_d": norm,
            "real_score": self._loss.score(real_logits.detach()).mean(),
            "fake_score": self._loss.score(fake_logits.detach()).mean(),
            "overfitting": overfitting,
        } | self._view.curve()

    def _judge(self, real: Tensor, fake: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        discriminator = self._gan.discriminator
        if self._separate:
            # Statistics of a batch with both would tell them apart.
            return discriminator(real, y), discriminator(fake, y)
        real_logits, fake_logits = discriminator(torch.cat([real, fake]), torch.cat([y, y])).chunk(
            2
        )
        return real_logits, fake_logits

    def _slopes(self, real: Tensor, fake: Tensor, y: Tensor, batch: int) -> Tensor:
        count = len(y) * process_count()
        draws = numpy_generator(self._fit.seed, "penalty", batch).random(count, dtype="float32")
        mix = torch.from_numpy(share(draws)).to(self._gan.device)
        penalty = slope_penalty(lambda x: self._gan.discriminator(x, y), real, fake, mix)
        self._penalty = penalty.detach()
        return penalty

    def _update_r1(self, real: Tensor, y: Tensor) -> None:
        """Lazy R1: every few steps, as much stronger (Karras et al. 2020, §3.2), in float32."""
        half = len(y) // (2 * GROUP) * GROUP or len(y)
        penalty = r1(lambda x: self._gan.discriminator(x, y[:half]), real[:half])
        descend(self._optimizer_d, penalty * (self._config.r1_gamma / 2 * self._config.r1_every))
        self._penalty = penalty.detach()

    def _update_generator(
        self, real: Tensor, fake: Tensor, y: Tensor, batch: int
    ) -> dict[str, Tensor]:
        discriminator = self._gan.discriminator
        seen = self._view(fake.float(), "generator's images", batch)
        with _held(discriminator):
            with mixed_precision(self._gan.device):
                features = discriminator.features(seen)
                logits = discriminator.judge(features, y)
            loss = self._loss.generator(logits)
            if self._config.feature_matching:
                loss = loss + self._config.feature_matching * self._unlike(real, features)
            norm = descend(self._optimizer_g, loss)
        return {"loss_g": loss.detach(), "gradient_g": norm}

    def _unlike(self, real: Tensor, fake_features: Tensor) -> Tensor:
        """‖E f(x) - E f(G(z))‖² (Salimans et al. 2016, §3.1), by feature."""
        with torch.no_grad(), mixed_precision(self._gan.device):
            wanted = mean_over_all(self._gan.discriminator.features(real).float().mean(dim=0))
        unlike: Tensor = F.mse_loss(mean_over_all(fake_features.float().mean(dim=0)), wanted)
        return unlike

    def tensors(self) -> dict[str, Tensor]:
        """Networks and optimisers."""
        return (
            self._gan.state()
            | optimizer_tensors("optimizer_g", self._optimizer_g)
            | optimizer_tensors("optimizer_d", self._optimizer_d)
            | {"last_penalty": self._penalty}
            | self._view.tensors()
        )

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back networks and optimisers."""
        self._gan.load_state(dict(tensors))
        restore_optimizer("optimizer_g", self._optimizer_g, tensors)
        restore_optimizer("optimizer_d", self._optimizer_d, tensors)
        self._penalty = tensors["last_penalty"].to(self._gan.device)
        self._view.restore(tensors)

    def finish(self) -> None:
        """Give the averaged generator statistics of its own, over the training's classes."""
        average = self._gan.average
        if not any(isinstance(module, _BatchNorm) for module in average.modules()):
            return

        def run(number: int) -> Tensor:
            y = self._real_batches.classes(number)
            z = normal(
                (len(y), self._gan.latent_size), self._fit.seed, "standing statistics", number
            )
            images: Tensor = average(z.to(self._gan.device), y)
            return images

        set_standing_statistics(average, STANDING_BATCHES, run)


@contextmanager
def _held(network: nn.Module) -> Iterator[None]:
    """Nothing of `network` learns; then what learnt before learns again."""
    learning = [one for one in network.parameters() if one.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)


def _mixes(module: nn.Module) -> bool:
    """Whether a layer compares each image with all of its batch."""
    return isinstance(module, _BatchNorm) or (
        isinstance(module, MinibatchLayer) and module.mixes_all
    )
