"""What the engine tells while it works, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


class StopRequestedError(Exception):
    """Raised inside the engine where `should_stop()` turned true; work so far is checkpointed."""


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something that happened inside the engine, small enough to be logged and drawn."""

    kind: Literal["progress", "curve", "samples", "warning", "alarm"]
    step: int
    """Optimiser steps (or items) done."""
    total: int
    """Steps (or items) that there are."""
    values: dict[str, float]
    """Curve values by series name, such as `loss` or `accuracy`; empty for plain progress."""
    message: str = ""
    path: Path | None = None
    """A file that goes with the event, such as a sample sheet (PNG)."""


OnEvent = Callable[[EngineEvent], None]
ShouldStop = Callable[[], bool]
