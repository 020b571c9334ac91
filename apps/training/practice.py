"""What a classifier's training is told of practice: images that are made for it while it trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.training.models import Checkpoint
from ml_engine.config import PracticeConfig


@dataclass(frozen=True, slots=True)
class Practice:
    """Which generator makes images while a classifier trains, of which classes, and how."""

    generator: Checkpoint
    classes: Sequence[int]
    """Positions of the classes that it may make."""
    config: PracticeConfig

    def to_json(self) -> dict[str, Any]:
        """All but the generator, as a training run and a mix keep it."""
        return {"classes": sorted(self.classes), **self.config.to_json()}

    @classmethod
    def from_json(cls, generator: Checkpoint | None, kept: dict[str, Any]) -> Practice | None:
        """What was kept; None where nothing was.

        Raises `ValueError` where the generator's checkpoint is gone.
        """
        if not kept:
            return None
        if generator is None:
            raise ValueError(
                "The generator that made images while the classifier trained is gone. Go back to an"
                " earlier mix, or to real images alone."
            )
        settings = {name: value for name, value in kept.items() if name != "classes"}
        return cls(generator, kept["classes"], PracticeConfig.from_json(settings))
