"""How a trained generator's latents are searched and walked."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting


@dataclass(frozen=True, slots=True)
class InversionConfig(EngineConfig):
    """Finding the point of a generator's latents whose image is most like a given one."""

    steps: int = setting(200, "Steps down the gradient.", at_least=1, at_most=10_000)
    learning_rate: float = setting(
        0.1, "Adam's step size, in deviations of a coordinate.", above=0, at_most=10
    )
    ramp_up: float = setting(
        0.05, "Share of the steps over which the step size rises.", at_least=0, at_most=1
    )
    ramp_down: float = setting(
        0.25,
        "Share of the steps, the last ones, over which the step size falls to 0.",
        at_least=0,
        at_most=1,
    )
    noise: float = setting(
        0.05,
        "Noise on the point at the first step, as a share of how far points lie from their mean;"
        " it falls to 0 until three quarters of the steps.",
        at_least=0,
        at_most=1,
    )
    draws: int = setting(
        512, "Random points of each class among which the search begins.", at_least=1
    )
    starts: int = setting(
        2, "Points from which each image is searched; the best end is kept.", at_least=1, at_most=64
    )
    pixel_weight: float = setting(
        0.3,
        "How much the mean squared difference of pixels weighs beside the squared distance of"
        " features. 0: features alone.",
        at_least=0,
    )
    prior_weight: float = setting(
        0.01,
        "How much it weighs that a point of z lies as far from 0 as those that are drawn; without"
        " it, points leave the places where the generator has learnt anything.",
        at_least=0,
    )
    threads: int = setting(2, "CPU threads.", at_least=1)
