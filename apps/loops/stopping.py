"""Whether the next annotations are still worth people's time."""

from __future__ import annotations

from typing import Any

from apps.loops.models import Loop, Round
from apps.loops.selectors import round_done_newest


def stopping_sentence(loop: Loop) -> str:
    """Why no further round begins, as the last one foresaw it; empty where one does."""
    round_ = round_done_newest(loop.project)
    if round_ is None or not loop.least_gain_per_minute:
        return ""
    most = points_per_minute(round_.summary)
    if most is None or most >= loop.least_gain_per_minute:
        return ""
    return (
        f"{forecast_sentence(round_)} That is {most:.2g} points a minute at most, less than the"
        f" {loop.least_gain_per_minute:g} that it must be worth. To go on, lower the least gain"
        " per minute in the loop's settings."
    )


def points_per_minute(summary: dict[str, Any]) -> float | None:
    """The upper bound of what a minute of annotating is expected to bring; None where unknown."""
    gain = (summary.get("forecast") or {}).get("gain")
    minutes = (summary.get("forecast_cost") or {}).get("minutes")
    return 100 * gain["high"] / minutes if gain and minutes else None


def forecast_sentence(round_: Round | None) -> str:
    """What the next annotations are expected to bring, and cost; empty before the first forecast.

    "The next 60 annotations, about 9 minutes, are expected to bring 0.4 points (0.1 to 0.9)."
    """
    forecast = (round_.summary.get("forecast") if round_ else None) or {}
    if "gain" not in forecast:
        return str(forecast.get("refusal", ""))
    minutes = (round_.summary.get("forecast_cost") or {}).get("minutes") if round_ else None
    count = forecast["annotations"]
    what = "annotation" if count == 1 else "annotations"
    time = f", about {_minutes(minutes)}," if minutes else ""
    verb = "is" if count == 1 else "are"
    return (
        f"The next {count:,} {what}{time} {verb} expected to bring {gain_words(forecast['gain'])}."
    )


def equal_minutes_sentence(figures: dict[str, Any], decided: float | None) -> str:
    """The control at equal human minutes: what judging the batch would have bought otherwise."""
    told = figures.get("equal_minutes") or {}
    if not told:
        return ""
    if "gain" not in told:
        expected = "what these would have brought cannot be told from so few rounds"
    else:
        expected = f"expected to bring {gain_words(told['gain'])}"
    brought = "" if decided is None else f" The batch brought {100 * decided:+.1f} points on test."
    return (
        f"The {_minutes(told['minutes'])} spent on judging the batch would have bought about"
        f" {told['annotations']:,.0f} annotations of real images, {expected}.{brought}"
    )


def gain_words(gain: dict[str, float]) -> str:
    """A gain in points with its interval: 0.4 points (0.1 to 0.9)."""
    return f"{100 * gain['value']:.1f} points ({100 * gain['low']:.1f} to {100 * gain['high']:.1f})"


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    return f"{minutes:,.0f} minute{'' if round(minutes) == 1 else 's'}"
