"""Curves that were planted, and what is expected of more annotations on them."""

from __future__ import annotations

import numpy as np
import pytest

from ml_engine.learning_curve import CurvePoint, fit

SEEDS = 3
NOISE = 0.01
"""What seeds differ by."""


def planted(
    counts: list[int], *, scale: float, exponent: float, floor: float, seed: int
) -> list[CurvePoint]:
    draws = np.random.default_rng(seed)
    return [
        CurvePoint(
            count, (1 - floor - scale * count**-exponent + draws.normal(0, NOISE, SEEDS)).tolist()
        )
        for count in counts
    ]


@pytest.mark.parametrize(
    ("scale", "exponent", "floor"),
    [(2.0, 0.3, 0.0), (1.2, 0.2, 0.0), (4.0, 0.5, 0.08)],
    ids=["steep", "slow", "with a floor"],
)
@pytest.mark.parametrize("rounds", [3, 8], ids=["3 rounds", "8 rounds"])
def test_the_interval_holds_the_true_gain(
    scale: float, exponent: float, floor: float, rounds: int
) -> None:
    counts = [200 + 60 * number for number in range(rounds)]
    last = counts[-1]
    true = scale * (last**-exponent - (last + 60.0) ** -exponent)
    held = 0
    for seed in range(60):
        points = planted(counts, scale=scale, exponent=exponent, floor=floor, seed=seed)
        found = fit(points)
        assert found is not None
        gain = found.gain(60)
        assert 0 <= gain.low <= gain.value <= gain.high
        held += gain.low <= true <= gain.high
    assert held >= 52


def test_more_rounds_and_seeds_narrow_what_is_expected() -> None:
    widths = []
    for rounds in (3, 6, 20):
        counts = [200 + 60 * number for number in range(rounds)]
        found = fit(planted(counts, scale=2.0, exponent=0.3, floor=0.0, seed=1))
        assert found is not None
        gain = found.gain(60)
        widths.append((gain.high - gain.low) / (2.0 * 0.3 * 60 * counts[-1] ** -1.3))
    assert widths[0] > widths[2]


def test_a_flat_curve_promises_little() -> None:
    flat = [CurvePoint(200 + 60 * n, (0.9, 0.901, 0.899)) for n in range(8)]
    found = fit(flat)
    assert found is not None
    assert found.gain(60).high < 0.004


def test_no_more_annotations_bring_nothing_and_more_bring_more() -> None:
    found = fit(planted([200, 260, 320], scale=2.0, exponent=0.3, floor=0.0, seed=0))
    assert found is not None
    assert found.gain(0).high == 0
    assert found.gain(60).value < found.gain(120).value
    with pytest.raises(ValueError, match="cannot be taken away"):
        found.gain(-1)


def test_two_numbers_of_annotations_are_no_curve() -> None:
    assert fit([CurvePoint(200, (0.8,)), CurvePoint(260, (0.81,)), CurvePoint(260, (0.8,))]) is None
    with pytest.raises(ValueError, match="needs an annotation"):
        fit([CurvePoint(0, (0.8,))])
