"""The bench of the loop: its figures and tables, from what a folder holds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from config.benches.documents import replaced
from config.benches.loop import DOCUMENT, EVERY_STRATEGY, loop
from config.benches.loop_docs import ARMS, arms_text, labels_text
from config.benches.loop_study import SCALES
from ml_engine.studies import mixing

SIZES = SCALES["digits"].sizes
RISING = np.linspace(0.5, 0.92, len(SIZES))


@pytest.fixture
def folder(tmp_path):
    """Of two seeds: random and margin at every number, and all arms at thirty annotations."""
    for seed in range(2):
        labels = tmp_path / "digits" / "labels" / f"seed-{seed}"
        labels.mkdir(parents=True)
        ahead = np.append(RISING[1:], 0.95) + 0.01 * seed
        for strategy, curve in {"random": RISING, "margin": ahead}.items():
            record = {"accuracies": curve.tolist(), "annotated": [1, 2]}
            (labels / f"{strategy}.json").write_text(json.dumps(record))
        arms = tmp_path / "digits" / "arms" / "conditional_gan-6000" / "30" / f"seed-{seed}"
        arms.mkdir(parents=True)
        accuracies = dict.fromkeys(mixing.ARMS, 0.8) | {"aimed": 0.81 + 0.02 * seed}
        (arms / "accuracies.json").write_text(json.dumps(accuracies))
    return tmp_path


def measured(folder):
    return loop(lambda line: None, dataset="digits", seeds=3, folder=folder, only_measured=True)


def test_a_strategy_has_what_it_saves_and_an_arm_what_it_adds_with_intervals(folder):
    figures = measured(folder)
    assert figures["label_seeds.margin"] == 2
    assert 1 < figures["labels_ratio.margin"] < figures["labels_ratio_high.margin"]
    assert figures["labels_ratio_low.margin"] < figures["labels_ratio.margin"]
    assert figures["labels_needed.margin"] < figures["labels_needed.random"] == SIZES[-1]
    assert figures["gain_points.aimed.30"] == pytest.approx(2)
    assert figures["gain_points_low.aimed.30"] < 0 < figures["gain_points_high.aimed.30"]
    assert figures["gain_points.untargeted.30"] == 0
    assert not [name for name in figures if "badge" in name or name.startswith("arm_seeds.100")]


def test_the_tables_tell_every_strategy_and_every_arm(folder):
    figures = measured(folder)
    strategies = labels_text(figures, SIZES).splitlines()
    assert [line.split("|")[1].strip() for line in strategies[2:]] == ["margin", "random"]
    arms = arms_text(figures)
    assert "| synthetic, aimed | +2.0 (-10.7 to +14.7) |" in arms
    assert ARMS.keys() == mixing.ARMS.keys() - {mixing.REAL}
    for text in (labels_text(figures, SIZES), arms):
        assert len({line.count("|") for line in text.splitlines()}) == 1


@pytest.mark.parametrize("dataset", sorted(SCALES))
@pytest.mark.parametrize("part", ["labels", "arms"])
def test_the_document_has_a_place_for_each_table(dataset, part):
    assert "| made |" in replaced(DOCUMENT.read_text(), f"{dataset}, {part}", "| made |")


def test_every_strategy_that_a_loop_can_take_is_compared():
    assert EVERY_STRATEGY[0] == "random"
    assert {"margin", "badge", "typi_clust"} < set(EVERY_STRATEGY)


def test_what_was_measured_is_taken_from_a_folder_that_is_named():
    with pytest.raises(RuntimeError, match="--folder"):
        loop(lambda line: None, only_measured=True)
