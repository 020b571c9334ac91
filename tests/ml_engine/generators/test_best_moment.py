"""Which moment of a training is kept, and that a resumed training keeps the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_engine.generators.best_moment import BestMoment
from ml_engine.generators.health import Health

Figures = tuple[float, float, bool]
"""Coverage, KID, and whether it collapsed."""
HISTORIES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(-0.1, 3), st.booleans()), min_size=1, max_size=8
)


@contextmanager
def best_moment() -> Iterator[BestMoment]:
    with tempfile.TemporaryDirectory() as folder:
        yield BestMoment(Path(folder) / "best", "print")


def pass_through(best: BestMoment, history: list[Figures], start: int = 0) -> None:
    for step, (coverage, kid, collapsed) in list(enumerate(history))[start:]:
        health = Health(
            step, coverage=coverage, coverage_low=max(0.0, coverage - 0.04),
            coverage_high=min(1.0, coverage + 0.04), kid=kid, collapsed=collapsed,
        )  # fmt: skip
        best.consider(health, {"weights": torch.full((2,), float(step))})


@settings(max_examples=30, deadline=None)
@given(HISTORIES)
def test_it_has_collapsed_only_where_all_have_and_may_cover_as_much_as_any(history):
    with best_moment() as best:
        pass_through(best, history)
        kept = best.health
    assert kept.collapsed == all(collapsed for _, _, collapsed in history)
    rivals = [coverage for coverage, _, collapsed in history if collapsed == kept.collapsed]
    assert kept.coverage_high >= max(rivals)


@settings(max_examples=30, deadline=None)
@given(HISTORIES)
def test_at_the_same_coverage_the_lowest_kid_is_kept(history):
    with best_moment() as best:
        pass_through(best, [(0.7, kid, False) for _, kid, _ in history])
        assert best.health.kid == min(kid for _, kid, _ in history)


def test_coverage_cannot_fall_bit_by_bit():
    sinking = [(0.8 - 0.03 * i, 1 - 0.1 * i, False) for i in range(8)]
    with best_moment() as best:
        pass_through(best, sinking)
        assert best.health.step == 1


def test_without_anything_to_compare_the_last_moment_is_kept():
    with best_moment() as best:
        for step in range(4):
            best.consider(Health(step), {"weights": torch.full((2,), float(step))})
        assert best.load()["weights"].tolist() == [3.0, 3.0]


@settings(max_examples=30, deadline=None)
@given(HISTORIES, st.integers(0, 7), st.integers(0, 7))
def test_killed_anywhere_and_resumed_it_is_the_same(history, saved_at, killed_at):
    saved_at, killed_at = min(saved_at, killed_at), min(max(saved_at, killed_at), len(history))
    with best_moment() as straight, best_moment() as killed:
        pass_through(straight, history)
        pass_through(killed, history[:saved_at])
        state = killed.named()
        pass_through(killed, history[:killed_at], start=saved_at)
        resumed = BestMoment(killed._folder, "print")
        resumed.go_back(state)
        pass_through(resumed, history, start=saved_at)
        assert resumed.health == straight.health
        assert resumed.load()["weights"].equal(straight.load()["weights"])


def test_only_the_files_that_a_resumable_state_may_name_stay_and_none_at_the_end():
    with best_moment() as best:
        for step in range(6):
            best.consider(Health(step), {"weights": torch.zeros(1)})
            best.named()
        assert {path.name for path in best._folder.iterdir()} == {
            "4.safetensors",
            "5.safetensors",
        }
        best.forget()
        assert not best._folder.exists()


def test_the_moments_of_another_training_are_not_taken_over():
    with best_moment() as best:
        best.consider(Health(3), {"weights": torch.zeros(1)})
        other = BestMoment(best._folder, "another print")
        other.go_back(best.named())
        assert other.health is None
