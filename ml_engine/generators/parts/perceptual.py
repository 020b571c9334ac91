"""A generator's warm-up: it learns from a classifier's features before it learns from a critic."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml_engine.config import EngineEvent
from ml_engine.config.generators import AdversarialConfig
from ml_engine.devices import mixed_precision
from ml_engine.generators.protocol import GeneratorFit

MISSING = {
    "classifier": "the project has no classifier yet",
    "fixed": "the server's settings name no feature network",
}
"""By the names of `ml_engine.config.generators.adversarial.WARM_UP_NETWORKS`: why there is none."""


class WarmUp:
    """The first `config.warm_up_steps` steps, in which only the generator learns.

    Its loss is E|f(G(z)) - f(x)| on the features f of a perceptual network (Johnson et al. 2016,
    §3.2, with the absolute difference), x being real images of the same classes, not of the same
    content: it pulls each class towards its middle, so it is to be short.
    A generator that was trained before has no warm-up, nor one without a perceptual network, which
    a warning says. Raises `ConfigError` where it would be the whole training.
    """

    def __init__(self, config: AdversarialConfig, fit: GeneratorFit, device: torch.device) -> None:
        asked = 0 if fit.trained_before else config.warm_up_steps
        if asked:
            config.check_anew()
        self.steps = 0 if fit.perceptual is None else asked
        self._device = device
        self._network: nn.Module = nn.Identity()
        if fit.perceptual is not None:
            self._network = fit.perceptual.to(device).eval().requires_grad_(False)
        elif asked:
            message = (
                f"The generator was to warm up for {asked} steps, but "
                f"{MISSING[config.warm_up_network]}; it learns from its critic from the first step."
            )
            fit.on_event(EngineEvent("warning", 0, 0, {}, message))

    def loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """E|f(G(z)) - f(x)| of images (B, C, H, W) in [-1, 1]; gradients reach `fake` alone."""
        with mixed_precision(self._device):
            wanted = self._features(real)
            return (self._features(fake) - wanted).abs().mean()

    def _features(self, images: Tensor) -> Tensor:
        features: Tensor = self._network(images)
        return features.float()
