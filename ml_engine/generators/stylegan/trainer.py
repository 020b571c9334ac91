"""The training of StyleGAN: what `AdversarialTrainer` does, and what is its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ml_engine.batches import AnnotatedImages
from ml_engine.descent import descend
from ml_engine.distributed import mean_over_all, own_counters, shared_normal
from ml_engine.generators.adversarial.trainer import GROUP, AdversarialTrainer
from ml_engine.generators.adversarial.view import View
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.generators.stylegan.view import BlurringView
from ml_engine.randomness import numpy_generator, seed_layers

if TYPE_CHECKING:
    from ml_engine.generators.stylegan.generator import StyleGan

LENGTH_MEMORY = 0.99
"""Of the mean length of paths (Karras et al. 2020, appendix B)."""


class StyleGanTrainer(AdversarialTrainer):
    """Lazy regularisation, style mixing, path lengths, frozen layers, and averages that follow.

    The moving average of the generator is that of all families: its default decay, .998 a step, has
    forgotten half after 346 steps, the authors' 10,000 images in batches of 32 after 313, and both
    ramp up. It averages the magnitudes and the mean style, too, where theirs copies them.
    """

    def __init__(self, gan: StyleGan, images: AnnotatedImages, fit: GeneratorFit) -> None:
        self._styled = gan
        if fit.trained_before:
            gan.discriminator.freeze(gan.config.frozen_layers)
        self._mean_length = torch.zeros((), device=gan.device)
        self._path_penalty = torch.zeros((), device=gan.device)
        super().__init__(gan, images, fit)

    def _adam(
        self, network: nn.Module, learning_rate: float, share: float = 1.0
    ) -> torch.optim.Adam:
        """c = k / (k + 1), where each k-th step is followed by one of regularisation alone (Karras
        et al. 2020, §3.1 and appendix B): λ' = cλ, β' = βᶜ."""
        config = self._styled.config
        if network is self._styled.discriminator:
            every = config.r1_every if config.r1_gamma else 0
        else:
            every = config.path_length_every if config.path_length else 0
        return super()._adam(network, learning_rate, every / (every + 1) if every else share)

    def _begin_view(self) -> View:
        """Blurred at first; not what networks are shown that know the fine already."""
        return BlurringView(self._styled.config, self._fit.seed, blurs=not self._fit.trained_before)

    def _decay(self, number: int) -> float:
        """The average of a generator that is trained on has nothing to forget."""
        return self._config.ema_decay if self._fit.trained_before else super()._decay(number)

    def step(self, number: int) -> Mapping[str, Tensor]:
        """See `AdversarialTrainer`; layers draw their noise from a stream of the step's own."""
        seed_layers(self._gan.device, self._fit.seed, "noise", number, *own_counters())
        return super().step(number)

    def _draw(self, z: Tensor, y: Tensor, purpose: str, number: int) -> Tensor:
        """See `AdversarialTrainer`; averages follow what the discriminator is shown, once."""
        follow = purpose != "generator latents"
        ws = self._styled.generator.mapping(z, y, follow=follow)
        images: Tensor = self._styled.generator.synthesis(
            self._mixed(ws, y, purpose, number), follow=follow
        )
        return images

    def _mixed(self, ws: Tensor, y: Tensor, purpose: str, number: int) -> Tensor:
        """Styles (B, num_ws, W), now and then with others from some layer on (Karras et al. 2019,
        §3.1)."""
        draws = numpy_generator(self._fit.seed, f"style mixing of {purpose}", number)
        layer = int(draws.integers(1, ws.shape[1]))
        if draws.random() >= self._styled.config.style_mixing:
            return ws
        size = (len(y), self._gan.latent_size)
        z = shared_normal(size, self._fit.seed, f"other {purpose}", number).to(ws.device)
        others = self._styled.generator.mapping(z, y)
        return torch.cat([ws[:, :layer], others[:, layer:]], dim=1)

    def _update_generator(
        self, real: Tensor, fake: Tensor, y: Tensor, batch: int
    ) -> dict[str, Tensor]:
        values = super()._update_generator(real, fake, y, batch)
        config = self._styled.config
        if not config.path_length:
            return values
        number = batch // config.discriminator_steps
        if number % config.path_length_every == 0:
            self._update_path_lengths(y, number)
        return values | {"path_penalty": self._path_penalty, "path_length": self._mean_length}

    def _update_path_lengths(self, y: Tensor, number: int) -> None:
        """E[(‖Jᵀ y‖ - a)²] with a the mean length so far, on half of the batch, lazily (Karras et
        al. 2020, §3.2, eq. 4, and appendix B), in float32."""
        config, network = self._styled.config, self._styled.generator
        half = len(y) // (2 * GROUP) * GROUP or len(y)
        z = shared_normal((half, self._gan.latent_size), self._fit.seed, "path latents", number)
        ws = network.mapping(z.to(self._gan.device), y[:half])
        images = network.synthesis(ws)
        noise = shared_normal(tuple(images.shape), self._fit.seed, "path noise", number)
        seen = (images * noise.to(images.device)).sum() / images.shape[-1]
        (slopes,) = torch.autograd.grad(seen, ws, create_graph=True)
        lengths = slopes.square().sum(dim=2).mean(dim=1).sqrt()
        mean = mean_over_all(lengths.mean()).lerp(self._mean_length, LENGTH_MEMORY)
        penalty = (lengths - mean).square().mean()
        self._mean_length, self._path_penalty = mean.detach(), penalty.detach()
        descend(self._optimizer_g, penalty * (config.path_length * config.path_length_every))

    def tensors(self) -> dict[str, Tensor]:
        """See `AdversarialTrainer`; with the mean length of paths."""
        return super().tensors() | {
            "path.mean_length": self._mean_length,
            "path.last_penalty": self._path_penalty,
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """See `AdversarialTrainer`."""
        super().restore(tensors)
        self._mean_length = tensors["path.mean_length"].to(self._gan.device)
        self._path_penalty = tensors["path.last_penalty"].to(self._gan.device)
