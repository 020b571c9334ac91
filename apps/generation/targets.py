"""What a batch is aimed at."""

from __future__ import annotations

from typing import Any, NamedTuple


class Target(NamedTuple):
    """An uncertain real image that synthetic ones are to resemble, and why it was chosen.

    A tuple, so that a job's payload holds it as it is; what only says why may be missing there.
    """

    sha256: str
    position: int
    """Of the class to generate."""
    strategy: str = ""
    """By which the classifier was unsure of it."""
    score: float | None = None
    """By that strategy, the higher the less sure."""
    slice_name: str = ""
    """Whose share of the targets it belongs to; empty where it was chosen among all images."""

    @property
    def why(self) -> dict[str, Any]:
        """What is stored with each image that was aimed at it."""
        said = {"strategy": self.strategy, "score": self.score, "slice": self.slice_name}
        return {name: value for name, value in said.items() if value not in ("", None)}
