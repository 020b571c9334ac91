"""Curves with bands as SVG: coordinates in its units, from the upper left corner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEFT, RIGHT, TOP, BOTTOM = 46, 392, 10, 150
"""The edges of what is drawn; ticks are written left of it, rounds under it."""
ROOM = 0.08
"""Above the highest bound and under the lowest, as a share of the height."""
LEAST_SPAN = 0.02
"""So that a flat line does not look like a cliff."""
TICKS = 4
MOST_DOTS = 60
"""With more points than these the line says enough."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What is to be drawn: figures with intervals in order of x; None where there is none."""

    title: str
    tone: str
    """A meaning of the look, such as control."""
    figures: Sequence[Mapping[str, Any] | None]
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve's coordinates."""

    title: str
    tone: str
    is_dashed: bool
    line: str
    band: str
    dots: list[tuple[float, float]]
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing."""

    curves: list[Drawn]
    ticks: list[Tick]
    first: int
    """On x."""
    last: int

    @property
    def label(self) -> str:
        """The drawing in a sentence."""
        told = ", ".join(
            f"{curve.title} from {curve.first:.1%} to {curve.last:.1%}" for curve in self.curves
        )
        return f"Rounds {self.first} to {self.last}: {told}; the numbers are in the table"


def chart(positions: Sequence[int], curves: Sequence[Curve]) -> Chart | None:
    """Curves over the same positions on x; None where none of them has two figures."""
    shown = [curve for curve in curves if sum(figure is not None for figure in curve.figures) > 1]
    if not shown:
        return None
    bottom, top = _bounds([figure for curve in shown for figure in curve.figures if figure])
    across = (positions[-1] - positions[0]) or 1

    def x(index: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * (positions[index] - positions[0]) / across, 2)

    def y(value: float) -> float:
        return round(TOP + (BOTTOM - TOP) * (top - value) / (top - bottom), 2)

    return Chart(
        [_drawn(curve, [x(index) for index in range(len(positions))], y) for curve in shown],
        [Tick(y(value), value) for value in _ticks(bottom, top)],
        positions[0],
        positions[-1],
    )


def _bounds(figures: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    low, high = min(each["low"] for each in figures), max(each["high"] for each in figures)
    span = max(high - low, LEAST_SPAN)
    middle = (low + high) / 2
    return middle - span * (0.5 + ROOM), middle + span * (0.5 + ROOM)


def _drawn(curve: Curve, xs: Sequence[float], y: Callable[[float], float]) -> Drawn:
    points = [
        (x, y(figure["value"]), y(figure["low"]), y(figure["high"]), figure["value"])
        for x, figure in zip(xs, curve.figures, strict=True)
        if figure is not None
    ]
    upper = [f"{x},{high}" for x, _, _, high, _ in points]
    lower = [f"{x},{low}" for x, _, low, _, _ in reversed(points)]
    return Drawn(
        curve.title,
        curve.tone,
        curve.is_dashed,
        " ".join(f"{x},{value}" for x, value, *_ in points),
        " ".join(upper + lower),
        [(x, value) for x, value, *_ in points] if len(points) <= MOST_DOTS else [],
        points[0][-1],
        points[-1][-1],
    )


def _ticks(bottom: float, top: float) -> Iterator[float]:
    """Round shares between the bounds, about `TICKS` of them."""
    step = 0.5
    for candidate in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25):
        if (top - bottom) / candidate <= TICKS + 1:
            step = candidate
            break
    number = int(bottom / step) - 1
    while (value := number * step) <= top:
        if bottom <= value:
            yield round(value, 6)
        number += 1
