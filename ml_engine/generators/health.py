"""How healthy a generator is while it trains, and which of its moments is kept.

Losses do not tell: an adversarial network that draws one picture per class may have the best ones.
So now and then its images are measured beside real ones that it does not learn from. The moment
that covers most of them is kept, by KID among those that cover about as many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.collapse import diversity
from ml_engine.measures.kernel import kid
from ml_engine.measures.neighbourhoods import DENSITY_NEIGHBOUR
from ml_engine.neighbours import Features
from ml_engine.randomness import numpy_generator

MOST_REFERENCE = 500
"""Real images that are compared with; each check draws as many synthetic ones."""


class GeneratorCollapsedError(RuntimeError):
    """The generator's images are far less varied than real ones; the message says by how much."""


@dataclass(frozen=True)
class Reference:
    """Real images that the generator does not learn from, as a feature network sees them."""

    network: str
    """What the network is, for people: figures hold for its features only."""
    features: Features
    """(N, D)"""
    classes: NDArray[np.int64]
    """(N,)"""
    features_of: Callable[[NDArray[np.uint8]], Features]
    """Images uint8 (M, C, H, W) to features (M, D)."""

    def of_classes(self, classes: NDArray[np.int64]) -> Reference:
        """The images of these classes alone."""
        among = np.isin(self.classes, classes)
        return Reference(self.network, self.features[among], self.classes[among], self.features_of)

    def part(self, seed: int) -> Reference:
        """At most `MOST_REFERENCE` of the images, drawn by `seed`."""
        drawn = numpy_generator(seed, "health").permutation(len(self.classes))
        rows = np.sort(drawn[:MOST_REFERENCE])
        return Reference(self.network, self.features[rows], self.classes[rows], self.features_of)


@dataclass(frozen=True)
class Health:
    """A generator at one moment; figures are `None` where there was nothing to compare with."""

    step: int
    network: str = ""
    image_count: int = 0
    """Real images, and as many synthetic ones."""
    coverage: float | None = None
    coverage_low: float | None = None
    coverage_high: float | None = None
    kid: float | None = None
    kid_low: float | None = None
    kid_high: float | None = None
    collapsed: bool = False
    reason: str = ""
    """Why it counts as collapsed, in one sentence."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    def curve(self) -> dict[str, float]:
        """The figures that are drawn over the steps, with their intervals."""
        figures = {
            f"{name}{end}": getattr(self, f"{name}{end}")
            for name in ("coverage", "kid")
            for end in ("", "_low", "_high")
        }
        return {name: value for name, value in figures.items() if value is not None}

    def better_than(self, other: Health, most_covered: float) -> bool:
        """Whether this moment is to be kept rather than `other`, an earlier one.

        `most_covered` is the highest coverage of any moment up to this one. Among those that may
        cover as much, the lower KID wins: measured against the one before only, coverage could
        fall bit by bit. Where nothing can be compared, the later moment is kept.
        """
        if self.coverage is None or other.coverage is None:
            return True
        if self.collapsed != other.collapsed:
            return other.collapsed
        ours, theirs = self._may_cover(most_covered), other._may_cover(most_covered)
        if ours != theirs:
            return ours
        return (self.kid or 0) < (other.kid or 0)

    def _may_cover(self, share: float) -> bool:
        return (self.coverage_high or 0) >= share


def examine(
    reference: Reference | None,
    draw: Callable[[NDArray[np.int64]], NDArray[np.uint8]],
    step: int,
    seed: int,
    class_names: Sequence[str] = (),
) -> Health:
    """The health of the generator whose images of classes (N,) `draw` gives, after `step` steps."""
    if reference is None or len(reference.classes) <= DENSITY_NEIGHBOUR:
        return Health(step)
    fake = reference.features_of(draw(reference.classes))
    report = diversity(
        reference.features,
        fake,
        real_classes=reference.classes,
        fake_classes=reference.classes,
        seed=seed,
        class_names=class_names,
    )
    distance = kid(reference.features, fake)
    return Health(
        step=step,
        network=reference.network,
        image_count=len(fake),
        coverage=report.coverage,
        coverage_low=report.coverage_low,
        coverage_high=report.coverage_high,
        kid=distance.value,
        kid_low=distance.low,
        kid_high=distance.high,
        collapsed=report.collapsed,
        reason=report.reason,
    )
