"""The curves of a report: points by round, as a table to download, and as drawings."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from apps.loops.report.drawing import Chart, Curve, chart
from apps.loops.report.rounds import figure_of

INTERVAL = ("value", "low", "high")
OF_ACCURACY = ("real_only", "mixed")
OF_CONTROL = ("random_right", "random_wrong", "strategy_wrong")
COLUMNS = [
    "round", "annotated", "ratio", "split", "images", "seeds", "outcome",
    *(f"{name}_{part}" for name in OF_ACCURACY for part in INTERVAL),
    *(f"{name}_{part}" for name in OF_CONTROL for part in (*INTERVAL, "of")),
]  # fmt: skip


def curves_csv(rounds: Sequence[Mapping[str, Any]]) -> bytes:
    """A line a round: accuracies on select, and what the random control and the strategy found.

    Shares in [0, 1] with the bounds of their 95% intervals; empty where nothing was measured.
    """
    buffer = io.StringIO(newline="")
    lines = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for entry in rounds:
        lines.writerow({name: _short(value) for name, value in _line(entry).items()})
    return buffer.getvalue().encode()


def _line(entry: Mapping[str, Any]) -> dict[str, Any]:
    line = {
        "round": entry["number"],
        "annotated": entry["annotated"],
        "ratio": entry["ratio"],
        "split": entry["split"],
        "images": entry["image_count"],
        "seeds": entry["seeds"] or None,
        "outcome": entry["decisions"][0]["outcome"] if entry["decisions"] else None,
    }
    for name in OF_ACCURACY:
        figure = figure_of(entry, name) or {}
        line |= {f"{name}_{part}": figure.get(part) for part in INTERVAL}
    for name in OF_CONTROL:
        share = entry["control"][name]
        told = share if share["of"] else {"of": 0}
        line |= {f"{name}_{part}": told.get(part) for part in (*INTERVAL, "of")}
    return line


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else value


def accuracy_chart(rounds: Sequence[Mapping[str, Any]]) -> Chart | None:
    """The best mix beside real images alone, on select; None with fewer than two points."""
    measured = [entry for entry in rounds if figure_of(entry, "real_only")]
    return _chart(
        measured,
        [
            Curve(
                "real only", "control", [figure_of(each, "real_only") for each in measured], True
            ),
            Curve("best mix", "synthetic", [figure_of(each, "mixed") for each in measured]),
        ],
    )


def control_chart(rounds: Sequence[Mapping[str, Any]]) -> Chart | None:
    """What the strategy's images and random ones showed to be wrong; None with fewer than two."""
    asked = [entry for entry in rounds if entry["control"]["random_wrong"]["of"]]
    return _chart(
        asked,
        [
            Curve("by chance", "control", [_share(each, "random_wrong") for each in asked], True),
            Curve(
                "by the strategy", "uncertain", [_share(each, "strategy_wrong") for each in asked]
            ),
        ],
    )


def _share(entry: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    share: Mapping[str, Any] = entry["control"][name]
    return share if share["of"] else None


def _chart(rounds: Sequence[Mapping[str, Any]], curves: list[Curve]) -> Chart | None:
    return chart([entry["number"] for entry in rounds], curves) if len(rounds) > 1 else None
