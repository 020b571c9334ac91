from __future__ import annotations

import json
import math

import numpy as np
import pytest

from ml_engine.studies import acquisition
from ml_engine.studies.acquisition import Course, Trial, labels_needed, labels_ratio
from tests.ml_engine.studies.conftest import QUICK, pictures

SIZES = (100, 200, 400)


def course(**changed):
    settings = {
        "train": pictures(90, 1), "test": pictures(30, 2), "class_count": 3, "pool": 60,
        "sizes": (6, 9, 15), "classifier": QUICK,
    }  # fmt: skip
    return Course(**settings | changed)


def test_each_turn_annotates_more_of_the_pool_and_tests_anew(tmp_path):
    accuracies = Trial(course(), 0, tmp_path).accuracies("margin")
    assert len(accuracies) == 3
    assert accuracies[-1] > 0.8
    annotated = json.loads((tmp_path / "margin.json").read_text())["annotated"]
    assert len(set(annotated)) == 15
    assert max(annotated) < 60


def test_strategies_begin_alike_and_go_their_own_ways(tmp_path):
    trial = Trial(course(), 0, tmp_path)
    firsts = {trial.accuracies(strategy)[0] for strategy in ("random", "core_set")}
    assert len(firsts) == 1
    kept = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("random", "core_set")]
    assert kept[0]["annotated"][:6] == kept[1]["annotated"][:6]
    assert kept[0]["annotated"][6:] != kept[1]["annotated"][6:]


def test_a_study_that_was_broken_off_goes_on_to_the_same_end(tmp_path, monkeypatch):
    whole = Trial(course(), 0, tmp_path / "whole").accuracies("badge")
    looks = 0
    looked = Trial._looked

    def breaks(self, annotated):
        nonlocal looks
        looks += 1
        if looks == 3:
            raise KeyboardInterrupt
        return looked(self, annotated)

    broken = Trial(course(), 0, tmp_path / "broken")
    monkeypatch.setattr(acquisition.Trial, "_looked", breaks)
    with pytest.raises(KeyboardInterrupt):
        broken.accuracies("badge")
    monkeypatch.undo()
    assert broken.recorded("badge") is None
    assert Trial(course(), 0, tmp_path / "broken").accuracies("badge") == whole
    assert broken.recorded("badge") == whole


def test_more_annotations_than_images_are_refused():
    with pytest.raises(ValueError, match="70 annotations are asked for; there are 60"):
        course(sizes=(6, 70))
    with pytest.raises(ValueError, match="do not rise"):
        course(sizes=(9, 6))


def test_what_is_needed_lies_between_two_numbers_on_the_logarithm():
    needed = labels_needed(SIZES, np.array([0.6, 0.7, 0.8]), 0.75)
    assert needed == pytest.approx(200 * math.sqrt(2))
    assert labels_needed(SIZES, np.array([0.6, 0.7, 0.8]), 0.6) == 100
    assert labels_needed(SIZES, np.array([0.6, 0.7, 0.8]), 0.81) is None


def test_a_strategy_that_is_always_a_step_ahead_needs_half():
    chance = np.array([[0.6, 0.7, 0.8], [0.61, 0.71, 0.81], [0.59, 0.69, 0.79]])
    ahead = np.column_stack([chance[:, 1:], chance[:, -1] + 0.05])
    ratio = labels_ratio(SIZES, chance, ahead)
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((2, 2, 2))


def test_a_strategy_is_held_against_what_chance_has_earlier_too():
    chance, curves = np.array([[0.6, 0.7, 0.8]]), np.array([[0.6, 0.8, 0.8]])
    assert labels_ratio(SIZES, chance, curves).value == pytest.approx(2)
    assert labels_ratio(SIZES, chance, curves, at=1).value == pytest.approx(math.sqrt(2))


def test_the_interval_grows_with_what_seeds_differ_in():
    chance = np.array([[0.6, 0.7, 0.8]] * 3)
    curves = chance + np.array([[0.08], [0.0], [-0.04]])
    ratio = labels_ratio(SIZES, chance, curves)
    assert ratio.low < 1 < ratio.high


def test_a_strategy_that_never_gets_there_counts_as_if_at_last_and_one_seed_has_no_interval():
    chance = np.array([[0.6, 0.7, 0.8]])
    ratio = labels_ratio(SIZES, chance, chance - 0.01)
    assert ratio.value == pytest.approx(1)
    assert math.isnan(ratio.low)
