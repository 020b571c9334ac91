"""The bench of the controller: every figure has its interval."""

from __future__ import annotations

from config.benches.controller import KINDS, controller


def test_each_share_has_wilsons_interval_and_what_differs_stands_behind_the_dot() -> None:
    heard: list[str] = []
    figures = controller(heard.append, worlds=2)
    assert len(figures) == 4 * len(KINDS)
    for name in ("false_accept", "power", "harmful_accept"):
        assert 0 <= figures[f"{name}_low"] <= figures[name] <= figures[f"{name}_high"] <= 1
    assert figures["power_low.3_seeds"] <= figures["power.3_seeds"]
    assert figures["models.power.3_seeds"] == 9
    assert "found in 4 of 5" in heard[-1]
