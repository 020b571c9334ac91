"""Where the latents of each class lie, so that what is drawn is drawn there.

An autoencoder's latents never quite follow the distribution that they are pulled to, least of all
class by class, and what is decoded from between them is no image. A normal distribution with full
covariance, fitted to them, mends most of that (Ghosh et al. 2020, §4).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEMORY = 0.998
"""How much of a class's moments stays with each of its images: the last 500 or so decide."""


class ClassGaussians(nn.Module):
    """N(m_c, C_c) for each class c, by moving averages; N(0, 1) for a class without images."""

    mean: Tensor
    covariance: Tensor

    def __init__(self, class_count: int, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(class_count, size))
        self.register_buffer("covariance", torch.eye(size).repeat(class_count, 1, 1))

    @torch.no_grad()
    def update(self, mean: Tensor, variance: Tensor, classes: Tensor) -> None:
        """Take in the posteriors N(mean, variance), both (B, Z), of images of classes (B,)."""
        chosen = torch.eye(len(self.mean), device=mean.device)[classes].T
        counts = chosen.sum(dim=1)
        shares = chosen / counts.clamp_min(1)[:, None]
        moved = 1 - MEMORY**counts
        found = shares @ mean
        centred = mean - found[classes]
        spread = (shares[:, None] * centred.T) @ centred + torch.diag_embed(shares @ variance)
        apart = found - self.mean
        # From deviations only: raw second moments would cancel where means are large.
        spread += (1 - moved)[:, None, None] * apart[:, :, None] * apart[:, None]
        self.covariance.lerp_(spread, moved[:, None, None])
        self.mean.lerp_(found, moved[:, None])

    def place(self, z: Tensor, classes: Tensor) -> Tensor:
        """m_c + L_c z: standard normal z (B, Z) to latents as those of their classes (B,) lie."""
        return self.mean[classes] + (self._factors(classes) @ z[:, :, None])[:, :, 0]

    def standardise(self, latents: Tensor, classes: Tensor) -> Tensor:
        """The inverse of `place`."""
        centred = (latents - self.mean[classes])[:, :, None]
        factors = self._factors(classes)
        z: Tensor = torch.linalg.solve_triangular(factors, centred, upper=False)
        return z[:, :, 0]

    def _factors(self, classes: Tensor) -> Tensor:
        """The Cholesky factors L_c (B, Z, Z) of C_c."""
        # Without a check: what is no number any more is told by the loss.
        factors: Tensor = torch.linalg.cholesky_ex(self.covariance[classes]).L
        return factors
