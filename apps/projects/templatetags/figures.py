"""Figures in templates, written as in frontend/src/lib/format.ts."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86_400
"""In seconds."""


@register.filter
def percent(value: float | None, decimals: int = 1) -> str:
    """0.8123 as 81.2%; a dash where there is no value."""
    return "–" if value is None else f"{value * 100:.{decimals}f}%"  # noqa: RUF001 — a dash


@register.filter
def points(value: float | None) -> str:
    """A change in a share, in points: 0.013 as +1.3."""
    return "–" if value is None else f"{value * 100:+.1f}".replace("-", "−")  # noqa: RUF001 — a minus


@register.filter
def ratio(value: float) -> str:
    """0.4983 as 0.5: two decimals at most."""
    return f"{round(value, 2):g}"


@register.filter
def share_of(value: float, whole: float) -> float:
    """The value as a share of the whole, in [0, 1]; 0 where there is no whole."""
    return min(1.0, value / whole) if whole else 0.0


@register.filter
def times(value: float, factor: float) -> float:
    """The product, for lengths in drawings."""
    return round(value * factor, 2)


@register.filter
def minus(value: float, other: float) -> float:
    """The difference, for lengths in drawings."""
    return value - other


@register.filter
def elapsed(since: datetime, until: datetime | None = None) -> str:
    """The time from then to now, or to a given end: 1 min 15 s."""
    return duration(((until or timezone.now()) - since).total_seconds())


@register.filter
def duration(length: float) -> str:
    """Seconds in words: 75 as 1 min 15 s."""
    seconds = max(0, round(length))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    if seconds < DAY:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
    return f"{seconds // DAY} d {seconds % DAY // HOUR} h"
