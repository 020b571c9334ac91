"""Where a generator leaves real images without company, and which latents would go there.

A real image is uncovered where no synthetic image of its class lies within its neighbourhood, the
ball to its k-th nearest real image of the class (coverage; Naeem et al. 2020, §3.2). Neighbourhoods
are small where real images are dense: there most is missing, so there one looks first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ml_engine.classifiers.inference import Classifier
from ml_engine.config import InversionConfig, OnEvent, ShouldStop
from ml_engine.generators.protocol import Generator
from ml_engine.latents.inversion import Inversions, invert
from ml_engine.latents.spaces import Space
from ml_engine.measures.neighbourhoods import DENSITY_NEIGHBOUR, balls_entered
from ml_engine.neighbours import Features, kth_neighbour
from ml_engine.randomness import numpy_generator


@dataclass(frozen=True)
class Gaps:
    """Real images without a synthetic one nearby, in parallel arrays of length n."""

    indices: NDArray[np.int64]
    """Which of the real images."""
    radii: NDArray[np.float64]
    """Of their neighbourhoods; smaller where real images are denser."""
    coverage: float
    """Share in [0, 1] of all real images, as far as their class has enough, that are covered."""

    def __len__(self) -> int:
        return len(self.indices)

    def drawn(self, count: int, seed: int) -> Gaps:
        """At most `count` of them, a denser one likelier: by 1 / radius, without repeats."""
        weights = 1 / self.radii.clip(1e-9)
        # The largest keys are a draw without repeats (Efraimidis & Spirakis 2006).
        uniform = numpy_generator(seed, "gaps").random(len(self))
        chosen = np.argsort(-np.log(uniform.clip(1e-300)) / weights, kind="stable")[:count]
        return Gaps(self.indices[chosen], self.radii[chosen], self.coverage)


def gaps(
    real: Features,
    real_classes: NDArray[np.int64],
    fake: Features,
    fake_classes: NDArray[np.int64],
    k: int = DENSITY_NEIGHBOUR,
) -> Gaps:
    """The uncovered among real features (N, D) of classes (N,), beside fake ones (M, D).

    A class of `k` real images or fewer has no neighbourhoods, and is left out.
    """
    indices, radii, covered = [], [], 0
    for c in np.unique(real_classes):
        own = np.flatnonzero(real_classes == c)
        if len(own) <= k:
            continue
        balls = kth_neighbour(real[own], k)
        theirs = fake[fake_classes == c]
        entered = np.zeros(len(own), bool)
        if len(theirs):
            _, entered = balls_entered(real[own], theirs, k)
        covered += int(entered.sum())
        indices.append(own[~entered])
        radii.append(balls[~entered])
    if not indices:
        return Gaps(np.zeros(0, np.int64), np.zeros(0), 1.0)
    found = np.concatenate(indices)
    total = covered + len(found)
    return Gaps(found, np.concatenate(radii), covered / total if total else 1.0)


@dataclass(frozen=True)
class Explored:
    """Latents that go towards gaps, one for each that was drawn."""

    targets: Gaps
    inversions: Inversions
    distances: NDArray[np.float64]
    """(n,) from each gap's real image to what was found, in the classifier's features."""

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Whether (n,) what was found lies in its gap's neighbourhood."""
        return np.asarray(self.distances <= self.targets.radii)


def explore(
    generator: Generator,
    space: Space,
    classifier: Classifier,
    targets: Gaps,
    images: NDArray[np.uint8],
    classes: NDArray[np.int64],
    *,
    perceptual: nn.Module | None,
    config: InversionConfig,
    seed: int,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> Explored:
    """Go towards gaps, whose real images (n, C, H, W) and classes (n,) are given in their order.

    Raises what `invert` raises.
    """
    found = invert(
        generator, space, images, classes, perceptual=perceptual, config=config, seed=seed,
        on_event=on_event, should_stop=should_stop,
    )  # fmt: skip
    if not len(images):
        return Explored(targets, found, np.zeros(0))
    apart = classifier.features(images) - classifier.features(found.images).astype(np.float64)
    return Explored(targets, found, np.linalg.norm(apart, axis=1))
