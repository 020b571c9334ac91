"""Noise on images, and the ways from it to an image and back, by diffusers' schedulers.

x_t = α_t x_0 + σ_t ε with α_t² + σ_t² = 1, where α_t² is ᾱ_t of Ho et al. 2020 and t counts from
0, the least noise, to T - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Predict = Callable[[Tensor, Tensor], Tensor]
"""Noisy images (B, C, H, W) and their t (B,) to what the schedule says the network predicts."""

INVERSION_ROUNDS = 4
"""Rounds of the fixed point of one step back; each shrinks its error by about tan(π/2 / steps)."""


class Noise:
    """A schedule of noise, with what a network predicts from a noisy image: ε, v or x_0."""

    def __init__(self, schedule: Mapping[str, Any]) -> None:
        from diffusers import DDPMScheduler

        self._ddpm = DDPMScheduler.from_config(dict(schedule))
        self.levels = int(self._ddpm.config.num_train_timesteps)
        """T"""
        self.prediction = str(self._ddpm.config.prediction_type)

    def add(self, x_0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """x_t of images x_0 (B, C, H, W) and ε of the same shape at t (B,)."""
        noisy: Tensor = self._ddpm.add_noise(x_0, noise, t)
        return noisy

    def target(self, x_0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """What the network is to predict from x_t."""
        if self.prediction == "v_prediction":
            v: Tensor = self._ddpm.get_velocity(x_0, noise, t)
            return v
        return noise if self.prediction == "epsilon" else x_0

    def weights(self, cap: float) -> Tensor:
        """w_t (T,) of the squared error of each level, 1 on average.

        min(SNR_t, cap) of the error of x_0 (Hang et al. 2023, §3.4), whatever is predicted; ones
        for a cap of 0.
        """
        squared: Tensor = self._ddpm.alphas_cumprod.double()
        if not cap:
            return torch.ones_like(squared, dtype=torch.float32)
        snr = squared / (1 - squared)
        capped = snr.clamp_max(cap)
        if self.prediction == "v_prediction":
            capped = capped / (snr + 1)
        elif self.prediction == "epsilon":
            capped = 1 / (snr / cap).clamp_min(1)
        return (capped / capped.mean()).float()

    def solver(self, sampler: str, steps: int) -> Any:
        """A fresh scheduler of diffusers, whose first t is the last, with (almost) only noise.

        Other spacings begin below it, with noise that still holds some image in training, but is
        pure here (Lin et al. 2024, §3.3).
        """
        from diffusers import DDIMScheduler, DPMSolverMultistepScheduler

        settings = {**self._ddpm.config, "timestep_spacing": "trailing"}
        if sampler == "ddim":
            solver = DDIMScheduler.from_config(settings)
        else:
            # With this bound, dynamic thresholding is DDIM's clipping of x_0 to [-1, 1].
            clip = {"thresholding": self._ddpm.config.clip_sample, "sample_max_value": 1.0}
            solver = DPMSolverMultistepScheduler.from_config({**settings, **clip})
        solver.set_timesteps(steps)
        return solver

    def solve(self, predict: Predict, x: Tensor, sampler: str, steps: int) -> Tensor:
        """Images (B, C, H, W) from pure noise `x`, a function of nothing else."""
        solver = self.solver(sampler, steps)
        for t in solver.timesteps:
            x = solver.step(predict(x, t.to(x.device).expand(len(x))), t, x).prev_sample
        return x

    def invert(self, predict: Predict, x: Tensor, steps: int) -> Tensor:
        """The noise from which DDIM in `steps` makes images `x` (B, C, H, W).

        One DDIM step from t to s is x_s = cos(φ) x_t - sin(φ) v(x_t, t), with φ the angle between
        (α_t, σ_t) and (α_s, σ_s) (Salimans & Ho 2022, App. D); x_t is its fixed point.
        """
        for t, s in reversed(self._ddim_steps(steps)):
            a_t, s_t = self._level(t)
            a_s, s_s = self._level(s)
            cosine, sine = a_s * a_t + s_s * s_t, a_t * s_s - a_s * s_t
            times = torch.full((len(x),), t, device=x.device)
            x_t = x
            for _ in range(INVERSION_ROUNDS):
                x_t = (x - sine * self._velocity(predict(x_t, times), x_t, t)) / cosine
            x = x_t
        return x

    def _ddim_steps(self, steps: int) -> list[tuple[int, int]]:
        """DDIM's pairs of t and the s that it goes to, which is -1 for an image without noise."""
        starts = self.solver("ddim", steps).timesteps.tolist()
        return [(t, t - self.levels // steps) for t in starts]

    def _level(self, t: int) -> tuple[float, float]:
        """α_t and σ_t; 1 and 0 before the first t."""
        squared = float(self._ddpm.alphas_cumprod[t]) if t >= 0 else 1.0
        return squared**0.5, (1 - squared) ** 0.5

    def _velocity(self, prediction: Tensor, x: Tensor, t: int) -> Tensor:
        """v = α_t ε - σ_t x_0 of what the network predicts from `x`."""
        alpha, sigma = self._level(t)
        if self.prediction == "epsilon":
            return (prediction - sigma * x) / alpha
        if self.prediction == "sample":
            return (alpha * x - prediction) / sigma
        return prediction
