"""How synthetic images are aimed."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting

WAYS = ("draw", "invert")


@dataclass(frozen=True, slots=True)
class AimConfig(EngineConfig):
    """Choosing, among many candidates, the synthetic images nearest to what is uncertain."""

    way: str = setting(
        "draw",
        "Candidates are drawn at random, and those nearest to uncertain images are kept; or each"
        " uncertain image is found in the generator's latents (inverted) and varied there, and the"
        " least sure variants that keep its class are kept.",
        choices=WAYS,
    )
    keep: int = setting(200, "Images to keep.", at_least=1)
    candidates_per_kept: int = setting(
        8, "Candidates drawn for each image that is kept.", at_least=1
    )
    copy_quantile: float = setting(
        0.01,
        "A candidate closer to a training image than this quantile of real nearest-neighbour"
        " distances is a near-copy and is dropped; the same distance parts kept images from one"
        " another.",
        at_least=0,
        below=1,
    )
    reach: float = setting(
        0.35,
        "How far an inverted image is moved towards random points of its class at most, as a share"
        " of the way.",
        at_least=0,
        at_most=1,
    )
    direction_steps: float = setting(
        2.0,
        "How far it is moved along one of the generator's own directions at most, in deviations.",
        at_least=0,
        at_most=10,
    )
    inversion_steps: int = setting(
        120, "Steps in which an uncertain image is inverted.", at_least=1, at_most=10_000
    )
    inversion_draws: int = setting(
        512, "Random points of each class among which its inversion begins.", at_least=1
    )
    threads: int = setting(2, "CPU threads.", at_least=1)
