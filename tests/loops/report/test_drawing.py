"""Curves as drawings, and values as canonical JSON."""

from __future__ import annotations

import pytest

from apps.loops.report.canonical import canonical
from apps.loops.report.drawing import BOTTOM, LEFT, RIGHT, TOP, Curve, chart


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


def test_a_curve_spans_its_rounds_and_skips_what_was_not_measured() -> None:
    drawn = chart([1, 2, 5], [Curve("mix", "synthetic", [figure(0.6), None, figure(0.7)])])
    assert drawn is not None
    (curve,) = drawn.curves
    assert [x for x, _ in curve.dots] == [LEFT, RIGHT]
    assert all(TOP <= y <= BOTTOM for _, y in curve.dots)
    assert curve.dots[0][1] > curve.dots[1][1]
    assert "mix from 60.0% to 70.0%" in drawn.label
    assert [tick.value for tick in drawn.ticks] == [0.6, 0.65, 0.7]


def test_one_figure_is_no_curve() -> None:
    assert chart([1, 2], [Curve("mix", "synthetic", [figure(0.6), None])]) is None


def test_equal_values_are_equal_bytes() -> None:
    one = {"b": 1.0, "a": (0.1 + 0.2, -0.0, None), "é": True}
    other = {"a": [0.3, 0, None], "é": True, "b": 1}
    assert canonical(one) == canonical(other)
    assert canonical(one).startswith(b'{\n  "a": [\n    0.3,\n    0,')


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"gain": float("nan")})
