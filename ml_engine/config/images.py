"""The form in which images reach the networks."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting


@dataclass(frozen=True, slots=True)
class ImageShape(EngineConfig):
    """The square, packed form in which a project's images reach the networks."""

    size: int = setting(28, "Side in pixels.", at_least=8, at_most=1024)
    channels: int = setting(1, "1 = grey, 3 = colour.", at_least=1, at_most=3)

    def _check_together(self) -> None:
        self._require("channels", self.channels in (1, 3), "1 (grey) or 3 (colour)")
