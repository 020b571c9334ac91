"""The filters of real images: what each looks at, and what it says of an image that it stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps.images.models import Image, QualityMeasures, QualityPolicy
from apps.images.quality.measuring import Measures

NEAR_DUPLICATE = "near_duplicate"
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of an image that filters look at."""

    name: str
    word: str
    unit: str
    digits: int
    """After the point, as people see it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One threshold of the policy, and the reason that it gives."""

    name: str
    """The policy's field."""
    measure: Measure
    is_least: bool
    """Whether less than the threshold is stopped; else more is."""
    reason: str
    word: str
    """The reason for people."""

    def stops(self, value: float, threshold: float) -> bool:
        """Whether an image of this value is set apart."""
        return value < threshold if self.is_least else value > threshold


SIDE = Measure("side", "Shorter side", "px", 0)
ASPECT = Measure("aspect", "Longer : shorter side", "", 2)
SHARPNESS = Measure("sharpness", "Sharpness", "", 1)
BRIGHTNESS = Measure("brightness", "Mean brightness", "", 3)
DARK_SHARE = Measure("dark_share", "Share of nearly black pixels", "", 3)
BRIGHT_SHARE = Measure("bright_share", "Share of nearly white pixels", "", 3)
ENTROPY = Measure("entropy", "Information", "bits", 2)
MEASURES = (SIDE, ASPECT, SHARPNESS, BRIGHTNESS, DARK_SHARE, BRIGHT_SHARE, ENTROPY)

FILTERS = (
    Filter("least_side", SIDE, True, "too_small", "too small"),
    Filter("most_aspect", ASPECT, False, "too_long", "too long and narrow"),
    Filter("least_sharpness", SHARPNESS, True, "blurred", "blurred"),
    Filter("least_brightness", BRIGHTNESS, True, "too_dark", "too dark"),
    Filter("most_brightness", BRIGHTNESS, False, "too_bright", "too bright"),
    Filter("most_dark_share", DARK_SHARE, False, "mostly_black", "too much of it black"),
    Filter("most_bright_share", BRIGHT_SHARE, False, "mostly_white", "too much of it white"),
    Filter("least_entropy", ENTROPY, True, "low_information", "little to see"),
)
REASON_WORDS = {
    **{each.reason: each.word for each in FILTERS},
    NEAR_DUPLICATE: "nearly equals another",
    BY_HAND: "set apart by a person",
}
"""Why an image is set apart; clients may branch on the keys, so they never change."""


def values_of(image: Image, measures: Measures | QualityMeasures) -> dict[str, float]:
    """Each measure's value by its name."""
    shorter, longer = sorted((image.width, image.height))
    return {
        "side": shorter,
        "aspect": longer / shorter,
        "sharpness": measures.sharpness,
        "brightness": measures.brightness,
        "dark_share": measures.dark_share,
        "bright_share": measures.bright_share,
        "entropy": measures.entropy,
    }


def reasons_of(policy: QualityPolicy, values: Mapping[str, float]) -> list[str]:
    """Why the policy's thresholds would set apart an image of these values; empty: they pass it."""
    return [
        each.reason
        for each in FILTERS
        if (threshold := getattr(policy, each.name)) is not None
        and each.stops(values[each.measure.name], threshold)
    ]
