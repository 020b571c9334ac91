"""Adversarial losses on logits (B,): a higher logit means more real."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def non_saturating_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log σ(D(x)) - log(1 - σ(D(G(z)))) (Goodfellow et al. 2014, eq. 1), averaged."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def non_saturating_generator_loss(fake: Tensor) -> Tensor:
    """-log σ(D(G(z))) (Goodfellow et al. 2014, §3), averaged."""
    return F.softplus(-fake).mean()
