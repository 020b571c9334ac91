"""How a classifier practises: on images that are made while it trains."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting


@dataclass(frozen=True, slots=True)
class PracticeConfig(EngineConfig):
    """Generating within a training, aimed by the classifier as it is at that moment."""

    ratio: float = setting(
        0.5,
        "Synthetic ÷ real images of a batch at first; each part of the training then raises or"
        " lowers it by what the guidance images say.",
        above=0,
    )
    most_ratio: float = setting(3.0, "It rises no further.", above=0)
    parts: int = setting(
        8,
        "Equal parts of the training. The first is of real images alone; each later one begins with"
        " new synthetic images and perhaps another ratio.",
        at_least=2,
    )
    images: int = setting(256, "Synthetic images of a part.", at_least=8)
    candidates_per_kept: int = setting(
        4, "Candidates drawn for each of them; the least sure are kept.", at_least=1
    )
    least_own: float = setting(
        0.05,
        "A candidate of whose class the classifier gives less than this probability is taken for a"
        " wrong picture rather than for a hard one.",
        at_least=0,
        below=1,
    )

    def _check_together(self) -> None:
        self._require("ratio", self.ratio <= self.most_ratio, "at most most_ratio")
