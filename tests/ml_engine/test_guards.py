"""A batch is held back where its generator copies, repeats itself or draws another domain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ml_engine.config import GuardConfig
from ml_engine.guards import guard_findings, held_sentence, repeats
from ml_engine.measures.report import Side

CLASSES = np.repeat(np.arange(4), 40)
DIMENSIONS = 16


def cloud(seed: int, *, spread: float = 1.0, away: float = 0.0) -> Side:
    """Forty images of each of four classes, whose middles lie far apart."""
    draws = np.random.default_rng(seed)
    middles = 3 * np.random.default_rng(7).normal(size=(4, DIMENSIONS))
    features = middles[CLASSES] + spread * draws.normal(size=(len(CLASSES), DIMENSIONS)) + away
    return Side(features, CLASSES)


def few(seed: int, each: int) -> Side:
    """As many images, but only `each` different ones of a class."""
    drawn = cloud(seed)
    numbers = np.arange(len(CLASSES))
    first = 40 * CLASSES + (numbers % 40) % each
    return replace(drawn, features=drawn.features[first])


def nudged(side: Side, by: float) -> Side:
    noise = np.random.default_rng(9).normal(size=side.features.shape)
    return replace(side, features=side.features + by * noise)


def another_domain(seed: int) -> Side:
    draws = np.random.default_rng(seed)
    return Side(9 + 0.5 * draws.normal(size=(len(CLASSES), DIMENSIONS)), CLASSES)


REAL, TRAINING = cloud(1), cloud(2)


def breached(fake: Side, limits: GuardConfig | None = None) -> set[str]:
    found = guard_findings(REAL, fake, TRAINING, limits or GuardConfig(), seed=0)
    assert bool(held_sentence(found)) == any(finding.is_breached for finding in found)
    return {finding.guard for finding in found if finding.is_breached}


@pytest.mark.parametrize(
    ("fake", "caught_by"),
    [
        (nudged(TRAINING, 0.05), "most_near_copies"),
        (few(3, 1), "least_variety"),
        (few(3, 3), "most_repeats"),
        (another_domain(3), "most_class_gap"),
        (another_domain(4), "least_coverage"),
    ],
    ids=["copies", "one image a class", "three images a class", "far away", "nothing covered"],
)
def test_a_planted_fault_is_caught_by_its_guard(fake: Side, caught_by: str) -> None:
    assert caught_by in breached(fake)


def test_images_like_unseen_real_ones_pass_whatever_the_draw() -> None:
    assert [breached(cloud(seed)) for seed in range(10, 20)] == [set()] * 10


def test_images_that_are_a_little_off_pass() -> None:
    assert breached(cloud(3, spread=0.8, away=0.2)) == set()


def test_what_is_not_sure_passes() -> None:
    """A share of copies that its interval does not part from the limit."""
    copied = nudged(TRAINING, 0.05).features
    fake = cloud(3)
    fake.features[:19] = copied[:19]
    found = guard_findings(REAL, fake, TRAINING, GuardConfig(), seed=0)
    copies = next(one for one in found if one.guard == "most_near_copies")
    assert copies.value > copies.limit > copies.low
    assert not copies.is_breached


def test_the_sentence_names_the_share_and_the_limit() -> None:
    found = guard_findings(REAL, nudged(TRAINING, 0.01), TRAINING, GuardConfig(), seed=0)
    assert "100% of its images nearly equal a training image (at most 0.1 is allowed)" in (
        held_sentence(found)
    )


def test_limits_that_are_switched_off_hold_nothing() -> None:
    limits = GuardConfig(
        most_near_copies=1, most_repeats=1, least_variety=0, least_coverage=0, most_class_gap=0
    )
    for fake in (TRAINING, few(3, 1), another_domain(3)):
        assert breached(fake, limits) == set()


def test_few_images_tell_nothing() -> None:
    def some(side: Side) -> Side:
        return Side(side.features[:15], side.classes[:15])

    assert guard_findings(some(REAL), some(few(3, 1)), TRAINING, GuardConfig(), seed=0) == []


def test_the_same_image_again_is_a_repeat_even_where_real_images_come_twice() -> None:
    doubled: NDArray[np.float64] = np.concatenate([REAL.features, REAL.features[:40]])
    assert repeats(doubled, few(3, 2).features).value == 1.0
    assert repeats(doubled, cloud(3).features).value == 0.0
