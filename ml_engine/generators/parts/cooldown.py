"""Learning rates that fall at the end of a training, so that it settles."""

from __future__ import annotations

import torch

from ml_engine.config import TrainedConfig


def cooled(config: TrainedConfig, number: int) -> float:
    """The share of its learning rates that step `number` takes: a straight fall at the end
    (Hägele et al. 2024, §3)."""
    falling = config.cooldown * config.steps
    return min(1.0, (config.steps - number) / falling) if falling else 1.0


class LearningRates:
    """Those that the groups of an optimiser begin with, as they are at each step."""

    def __init__(self, config: TrainedConfig, optimizer: torch.optim.Optimizer) -> None:
        self._config, self._optimizer = config, optimizer
        self._rates = [group["lr"] for group in optimizer.param_groups]

    def set(self, number: int) -> None:
        """Give the optimiser those of step `number`."""
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * cooled(self._config, number)
