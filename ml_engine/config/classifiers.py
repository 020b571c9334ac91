"""How classifiers are trained."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting

STRATEGIES = ("entropy", "margin", "least_confidence", "random")
"""Names of the uncertainty strategies; a higher score always means *less* sure."""

BATCH_STRATEGIES = ("badge", "core_set", "typi_clust", "prob_cover", "balanced_margin")
"""Names of the strategies that choose a batch as a whole, where an image's worth depends on what
else is chosen; beside these a loop can choose each of `STRATEGIES`."""

MEMBER_STRATEGIES = ("bald",)
"""Names of the uncertainty strategies that ask how far stochastic members of a classifier disagree:
it must have been trained with dropout."""

MEMBER_DROPOUT = 0.25
"""Dropout with which a classifier is trained that shall have members."""

EMBEDDING_SIZE = 128
"""Length of every classifier's embeddings, whatever its network."""


@dataclass(frozen=True, slots=True)
class ClassifierConfig(EngineConfig):
    """Training of a classifier."""

    network: str = setting("small_cnn", "small_cnn, or timm:NAME for any timm backbone.")
    pretrained: bool = setting(
        False,
        "Start a timm backbone from its published weights (downloaded, or from the hub's cache).",
    )
    steps: int = setting(
        800, "Optimiser steps; arms that are compared get the same number.", at_least=1
    )
    batch_size: int = setting(64, "Images a step.", at_least=2)
    learning_rate: float = setting(2e-3, "At its highest.", above=0, below=1)
    weight_decay: float = setting(5e-4, "Pull of the weights towards 0.", at_least=0)
    mirror: bool = setting(
        True, "Random left-right flips; off where a mirrored image changes its class (digits)."
    )
    shift: int = setting(2, "Random translation in pixels at training size, each way.", at_least=0)
    label_smoothing: float = setting(
        0.1,
        "Probability that is taken from the class and given to all, so that a wrong class, or an"
        " image between two, pulls less.",
        at_least=0,
        below=1,
    )
    dropout: float = setting(
        0.0,
        "Share of the embedding's numbers that are left out before the head, drawn anew each step;"
        " above 0, the classifier has stochastic members.",
        at_least=0,
        below=1,
    )
    threads: int = setting(
        1,
        "CPU threads: part of what makes a run repeatable. One, because networks this small gain"
        " little from two and lose much on busy cores, where each layer waits for the slowest"
        " thread.",
        at_least=1,
    )
    checkpoint_every: int = setting(100, "Steps between resumable checkpoints.", at_least=1)

    def _check_together(self) -> None:
        self._require(
            "network",
            self.network == "small_cnn" or self.network.startswith("timm:"),
            "'small_cnn' or 'timm:<name>'",
        )
