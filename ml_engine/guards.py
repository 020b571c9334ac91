"""Whether a generator's images may be put to people: measured, before anybody looks at one.

Looks are dear, and people cannot see what is wrong with copies, or with a thousand images that
are one: each of them looks right. So a batch is held back where a measure of its generator's
untargeted images is surely beyond a limit: the whole 95% interval is. What is not sure passes, for
people and the controller come after.

Copies: Meehan et al. 2020 (see `measures.memorisation`). Domain: KID (Bińkowski et al. 2018) of
each class, in units of the KID between real classes, for its scale is the features'; classifier
two-sample test (Lopez-Paz & Oquab 2017); coverage (Naeem et al. 2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import GuardConfig
from ml_engine.measures.intervals import Estimate, share
from ml_engine.measures.kernel import kid
from ml_engine.measures.memorisation import NEAR, memorisation
from ml_engine.measures.neighbourhoods import neighbourhoods
from ml_engine.measures.report import FEWEST, Side
from ml_engine.measures.two_samples import two_sample_auc
from ml_engine.measures.variety import pairwise_diversity
from ml_engine.neighbours import Features, kth_neighbour

FEWEST_OF_CLASS = 10
"""Images of a class a side from which it counts for the medians over the classes."""
SAME = 1e-4
"""Of the median distance between neighbours: below this two images are one, but for rounding."""


@dataclass(frozen=True)
class Finding:
    """One measure beside its limit."""

    guard: str
    """The name of its limit in `GuardConfig`."""
    value: float
    low: float
    high: float
    """95% interval."""
    limit: float
    is_breached: bool
    """Surely beyond the limit."""
    sentence: str
    """What a breach means and what was measured; empty where there is none."""


def guard_findings(
    real: Side, fake: Side, training: Side, limits: GuardConfig, *, seed: int
) -> list[Finding]:
    """Lay the limits over fakes (M, D), beside unseen real images (N, D) and training ones (T, D).

    Fakes and real images are equally many of each class. What too few images can tell is left
    out: from 20 images a side, classes from 10. Fewer tell nothing, and nothing is held back.
    """
    if min(len(real.features), len(fake.features)) < FEWEST:
        return []
    gaps, spreads = _class_gaps(real, fake), _class_spreads(real, fake)
    around = neighbourhoods(real.features, fake.features)
    found: list[Finding] = []
    if len(training.features) >= FEWEST:
        copies = memorisation(training.features, real.features, fake.features).near_copies
        told = "The generator copies: {value:.0%} of its images nearly equal a training image"
        found.append(_most("most_near_copies", copies, limits, told))
    told = "The generator repeats itself: {value:.0%} of its images nearly equal another of them"
    found.append(_most("most_repeats", repeats(real.features, fake.features), limits, told))
    if spreads:
        told = "The images of a class are nearly one: they lie {value:.2f} times as far apart as"
        found.append(_least("least_variety", _median(spreads), limits, f"{told} real ones"))
    told = "The images miss the real ones: {value:.0%} of these have a synthetic neighbour"
    found.append(_least("least_coverage", around.coverage, limits, told))
    if gaps and limits.most_class_gap > 0:
        told = "The images are of another domain: they lie {value:.1f} times as far from the real"
        told += " ones of their class as other classes do"
        found.append(_most("most_class_gap", _median(gaps), limits, told))
    told = "The images are told from real ones too well (area under the ROC curve {value:.3f})"
    parted = two_sample_auc(real.features, fake.features, seed=seed)
    return [*found, _most("most_told_apart", parted, limits, told)]


def held_sentence(findings: list[Finding]) -> str:
    """Why a batch is held back; empty where nothing is breached."""
    return " ".join(finding.sentence for finding in findings if finding.is_breached)


def repeats(real: Features, fake: Features) -> Estimate:
    """Share of fakes (M, D) nearer to another fake than 99% of real images (N, D) to another."""
    among_real, among_fake = kth_neighbour(real, 1), kth_neighbour(fake, 1)
    radius = max(float(np.quantile(among_real, NEAR)), SAME * float(np.median(among_real)))
    return share(among_fake < radius)


def _class_gaps(real: Side, fake: Side) -> list[Estimate]:
    """Of each class: KID of its fakes, divided by the median KID of the other classes."""
    ours, theirs = _by_class(real), _by_class(fake)
    between = {(a, b): kid(ours[a], ours[b]).value for a in ours for b in ours if a < b}
    gaps = []
    for c in ours.keys() & theirs.keys():
        others = [value for pair, value in between.items() if c in pair]
        unit = float(np.median(others)) if others else 0.0
        if unit > 0:
            found = kid(ours[c], theirs[c])
            gaps.append(Estimate(found.value / unit, found.low / unit, found.high / unit))
    return gaps


def _class_spreads(real: Side, fake: Side) -> list[Estimate]:
    """Of each class: how far apart its fakes lie, as a multiple of its real images."""
    ours, theirs = _by_class(real), _by_class(fake)
    spreads = []
    for c in ours.keys() & theirs.keys():
        try:
            spreads.append(pairwise_diversity(ours[c], theirs[c]))
        except ValueError:  # its real images are all the same
            continue
    return spreads


def _by_class(side: Side) -> dict[int, NDArray[np.floating]]:
    found = {int(c): side.features[side.classes == c] for c in np.unique(side.classes)}
    return {c: features for c, features in found.items() if len(features) >= FEWEST_OF_CLASS}


def _median(estimates: list[Estimate]) -> Estimate:
    """The median of the values, between those of the bounds: wider than its own interval."""
    bounds = [(one.value, one.low, one.high) for one in estimates]
    value, low, high = np.median(np.array(bounds), axis=0)
    return Estimate(float(value), float(low), float(high))


def _most(guard: str, found: Estimate, limits: GuardConfig, told: str) -> Finding:
    return _finding(guard, found, limits, told, "at most", lambda limit: found.low > limit)


def _least(guard: str, found: Estimate, limits: GuardConfig, told: str) -> Finding:
    return _finding(guard, found, limits, told, "at least", lambda limit: found.high < limit)


def _finding(
    guard: str,
    found: Estimate,
    limits: GuardConfig,
    told: str,
    direction: str,
    is_beyond: Callable[[float], bool],
) -> Finding:
    limit = float(getattr(limits, guard))
    is_breached = is_beyond(limit)
    sentence = f"{told.format(value=found.value)} ({direction} {limit:g} is allowed)."
    return Finding(
        guard, found.value, found.low, found.high, limit, is_breached, sentence * is_breached
    )
