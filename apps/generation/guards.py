"""What was measured of a batch's generator before people looked, beside what was allowed."""

from __future__ import annotations

from dataclasses import dataclass

from apps.generation.models import GenerationRun

WORDS = {
    "most_near_copies": "Near copies of training images",
    "most_repeats": "Images that nearly equal each other",
    "least_variety": "Variety in a class, real images: 1",
    "least_coverage": "Real images with a synthetic neighbour",
    "most_class_gap": "Distance from the class, other classes: 1",
    "most_told_apart": "Told from real ones (area under the ROC curve)",
}
"""What each limit is laid over, by its name in the loop's settings."""


@dataclass(frozen=True, slots=True)
class GuardRow:
    """One measure with its 95% interval, and its limit."""

    guard: str
    words: str
    value: float
    low: float
    high: float
    limit: float
    is_breached: bool

    @property
    def allowed(self) -> str:
        """The limit in words."""
        return f"at {'least' if self.guard.startswith('least') else 'most'} {self.limit:g}"


def guard_rows(run: GenerationRun) -> list[GuardRow]:
    """Its measures, in the order in which they were taken."""
    return [GuardRow(words=WORDS[one["guard"]], **one) for one in run.guards]
