"""How synthetic images are aimed."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting


@dataclass(frozen=True, slots=True)
class AimConfig(EngineConfig):
    """Choosing, among many candidates, the synthetic images nearest to what is uncertain."""

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
    threads: int = setting(2, "CPU threads.", at_least=1)
