"""What all families that turn noise into images step by step can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_engine.config.generators.base import TrainedConfig
from ml_engine.config.settings import redefault, setting

SAMPLERS = ("dpm_solver", "ddim")


@dataclass(frozen=True, slots=True, kw_only=True)
class DenoisingConfig(TrainedConfig):
    """A network that takes a little noise off an image, as often as it takes."""

    part: ClassVar[str] = "Sampling"

    sampler: str = setting(
        "dpm_solver",
        "How noise becomes an image: by DPM-Solver++ (Lu et al. 2022), which needs fewer steps, or"
        " by DDIM without noise of its own (Song et al. 2021). Both depend on the latent alone.",
        choices=SAMPLERS,
    )
    sampling_steps: int = setting(
        12, "Passes through the network for an image; more are slower and finer.",
        at_least=2, at_most=250,
    )  # fmt: skip
    guidance: float = setting(
        1.0,
        "How far images are pushed towards their class (Ho & Salimans 2022): 1 not at all; above,"
        " purer and less varied, at twice the time. Without classes nothing is pushed.",
        at_least=1,
        at_most=20,
    )
    unconditional_share: float = setting(
        0.0,
        "Share of each batch that is learnt without its class, which guidance above 1 needs: .1 is"
        " usual. Without guidance it is learnt for nothing.",
        at_least=0,
        at_most=0.5,
    )
    snr_cap: float = setting(
        5.0,
        "Signal-to-noise ratio from which levels with less noise weigh less in what is learnt (Hang"
        " et al. 2023): they are easy, and what an image shows is learnt sooner. 0: all weigh"
        " alike.",
        at_least=0,
    )
    checks: int = redefault(TrainedConfig, "checks", 4)

    def _check_together(self) -> None:
        self._require(
            "guidance",
            self.guidance == 1 or self.unconditional_share > 0,
            "1 where unconditional_share is 0: it pushes away from what was learnt without class;"
            " for guidance, set unconditional_share to 0.1",
        )
