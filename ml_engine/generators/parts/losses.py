"""Adversarial losses on logits (B,): a higher logit means more real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class AdversarialLoss:
    """What discriminator and generator descend, and how a logit is shown to people."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    """(real logits, fake logits) → loss."""
    generator: Callable[[Tensor], Tensor]
    """fake logits → loss."""
    score: Callable[[Tensor], Tensor]
    """Logits as the discriminator means them: probabilities of being real, or as they are."""
    border: float = 0.0
    """The logit above which an image is called real."""


def binary_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log σ(D(x)) - log(1 - σ(D(G(z)))) (Goodfellow et al. 2014, eq. 1), averaged."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def non_saturating_generator_loss(fake: Tensor) -> Tensor:
    """-log σ(D(G(z))) (Goodfellow et al. 2014, §3), averaged."""
    return F.softplus(-fake).mean()


def minimax_generator_loss(fake: Tensor) -> Tensor:
    """log(1 - σ(D(G(z)))) (Goodfellow et al. 2014, eq. 1), averaged; flat where D is sure."""
    return -F.softplus(fake).mean()


def hinge_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (Lim & Ye 2017, eq. 4), averaged."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """D(G(z)) - D(x) (Arjovsky et al. 2017, eq. 2 with its sign turned), averaged."""
    return fake.mean() - real.mean()


def critic_generator_loss(fake: Tensor) -> Tensor:
    """-D(G(z)): the generator's side of both the hinge and the Wasserstein loss."""
    return -fake.mean()


def least_squares_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """½(D(x) - 1)² + ½D(G(z))² (Mao et al. 2017, eq. 9), averaged."""
    return ((real - 1).square().mean() + fake.square().mean()) / 2


def least_squares_generator_loss(fake: Tensor) -> Tensor:
    """½(D(G(z)) - 1)² (Mao et al. 2017, eq. 9), averaged."""
    return (fake - 1).square().mean() / 2


def _as_it_is(logits: Tensor) -> Tensor:
    return logits


ADVERSARIAL_LOSSES = {
    "non_saturating": AdversarialLoss(
        binary_discriminator_loss, non_saturating_generator_loss, Tensor.sigmoid
    ),
    "minimax": AdversarialLoss(binary_discriminator_loss, minimax_generator_loss, Tensor.sigmoid),
    "hinge": AdversarialLoss(hinge_discriminator_loss, critic_generator_loss, _as_it_is),
    "wasserstein": AdversarialLoss(
        wasserstein_discriminator_loss, critic_generator_loss, _as_it_is
    ),
    "least_squares": AdversarialLoss(
        least_squares_discriminator_loss, least_squares_generator_loss, _as_it_is, border=0.5
    ),
}
"""By the names of `ml_engine.config.generators.adversarial.LOSSES`."""
