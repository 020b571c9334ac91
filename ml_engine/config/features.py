"""How features are learnt without annotations."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting


@dataclass(frozen=True, slots=True)
class FeaturesConfig(EngineConfig):
    """Learning to tell images apart whatever is done to them (SimCLR)."""

    network: str = setting("small_cnn", "small_cnn, or timm:NAME for any timm backbone.")
    steps: int = setting(600, "Optimiser steps.", at_least=1)
    batch_size: int = setting(
        256, "Images a step, each in two views; each is told apart from all others.", at_least=2
    )
    learning_rate: float = setting(2e-3, "At its highest.", above=0, below=1)
    weight_decay: float = setting(1e-4, "Pull of the weights towards 0.", at_least=0)
    temperature: float = setting(
        0.2, "How sharply the nearest of the others count for more.", above=0, at_most=1
    )
    smallest_crop: float = setting(
        0.3, "Share of an image's area that a view shows at least.", above=0, at_most=1
    )
    mirror: bool = setting(
        True, "Left-right flips; off where a mirrored image is another (digits)."
    )
    threads: int = setting(2, "CPU threads: part of what makes a run repeatable.", at_least=1)
    checkpoint_every: int = setting(50, "Steps between resumable checkpoints.", at_least=1)

    def _check_together(self) -> None:
        self._require(
            "network",
            self.network == "small_cnn" or self.network.startswith("timm:"),
            "'small_cnn' or 'timm:<name>'",
        )
