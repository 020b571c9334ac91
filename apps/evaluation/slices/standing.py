"""How many images slices have, and how sure their accuracy could be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from apps.images.models import Image, Slice
from apps.images.slices.selectors import SliceCounts, slice_counts
from apps.review.shares import Share

MEASURING = (Image.Split.SELECT, Image.Split.TEST)
WANTED = 0.1
"""An accuracy that is known to ten points either way says something."""


def half_width(images: int) -> float:
    """How far the 95% interval around an accuracy on so many images reaches, 0 to 0.5, at most.

    It reaches farthest where half of them are right (Wilson 1927).
    """
    share = Share(images // 2, images)
    return (share.high - share.low) / 2


NEEDED = next(images for images in count(1) if half_width(images) <= WANTED)
"""Images of which an accuracy is known as well as is wanted."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """A slice's annotated real images in a split that measures."""

    split: str
    count: int

    @property
    def half_width(self) -> float:
        """How far the interval of its accuracy reaches either way, at most."""
        return half_width(self.count)

    @property
    def is_enough(self) -> bool:
        """Whether its accuracy is known to ten points either way."""
        return self.count >= NEEDED


@dataclass(frozen=True, slots=True)
class SliceStanding:
    """A slice with its images."""

    slice: Slice
    counts: SliceCounts

    @property
    def measuring(self) -> list[Measuring]:
        """In `select` and in `test`."""
        return [Measuring(str(split), self.counts.annotated[split]) for split in MEASURING]

    @property
    def guidance(self) -> int:
        """Annotated real images in `guidance`."""
        return self.counts.annotated[Image.Split.GUIDANCE]

    @property
    def warnings(self) -> list[str]:
        """Where too few images measure it, or none can be aimed at, in words."""
        found = [_warning(measuring) for measuring in self.measuring if not measuring.is_enough]
        if self.slice.is_aimed_at and not self.counts.can_be_aimed_at:
            found.append(
                "None of its images is in the pool or guidance, so no batch can be aimed at it."
            )
        return found


def slice_standings(slices: Iterable[Slice]) -> list[SliceStanding]:
    """These slices, each with its images, which are counted in one query."""
    asked = list(slices)
    counts = slice_counts(asked)
    return [SliceStanding(each, counts.get(each.pk, SliceCounts())) for each in asked]


def _warning(measuring: Measuring) -> str:
    if not measuring.count:
        return (
            f"In {measuring.split} is no annotated real image of it, so nothing is measured there;"
            f" {NEEDED} tell its accuracy to ±10 points."
        )
    images = "image tells" if measuring.count == 1 else "images tell"
    return (
        f"In {measuring.split} {measuring.count} annotated real {images} its accuracy to"
        f" ±{measuring.half_width * 100:.0f} points at worst; ±10 need {NEEDED}."
    )
