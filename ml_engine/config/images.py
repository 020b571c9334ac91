"""The form in which images reach the networks."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import ConfigError, EngineConfig, setting

SMALL_SIDE = 7
"""Sides up to this are not halved further."""
LEAST_HALVINGS = 2


@dataclass(frozen=True, slots=True)
class ImageShape(EngineConfig):
    """The square, packed form in which a project's images reach the networks."""

    size: int = setting(28, "Side in pixels.", at_least=8, at_most=1024)
    channels: int = setting(1, "1 = grey, 3 = colour.", at_least=1, at_most=3)

    def _check_together(self) -> None:
        self._require("channels", self.channels in (1, 3), "1 (grey) or 3 (colour)")

    def halvings(self, title: str) -> int:
        """How often networks that halve images halve these: until their side is odd or under 8.

        Raises `ConfigError`, in the name of the family `title`, for a size that cannot be halved
        twice or leaves a side under 4.
        """
        side, halvings = self.size, 0
        while side % 2 == 0 and side > SMALL_SIDE:
            side, halvings = side // 2, halvings + 1
        if halvings < LEAST_HALVINGS:
            raise ConfigError(
                f"{title} takes images whose sides are divisible by 4, from 16; the training size"
                f" is {self.size}. Choose another family."
            )
        return halvings
