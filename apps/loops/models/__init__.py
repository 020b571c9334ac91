"""The loop's configuration, its rounds, and the mixes that they decide on."""

from apps.loops.models.loop import (
    MOST_RATIO,
    MOST_SEEDS,
    Loop,
    default_more_arm_seeds,
    default_ratios,
)
from apps.loops.models.mixes import Decision, Mix, MixImage
from apps.loops.models.rounds import Arm, Round

__all__ = [
    "MOST_RATIO",
    "MOST_SEEDS",
    "Arm",
    "Decision",
    "Loop",
    "Mix",
    "MixImage",
    "Round",
    "default_more_arm_seeds",
    "default_ratios",
]
