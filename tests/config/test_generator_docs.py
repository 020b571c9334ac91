from __future__ import annotations

import pytest

from config.benches.documents import replaced
from config.benches.generator_docs import (
    DOCUMENT,
    FAMILIES_PART,
    TABLE_PART,
    families_text,
    table_text,
)
from config.benches.generator_quality import figures_of, generator_quality, variants
from ml_engine.config import FAMILIES

OUTCOME = {
    "coverage": 0.4, "kid": 0.002, "fid": None, "near_copies": 0.01,
    "synthetic_only_accuracy": 0.71, "real_and_synthetic_accuracy": 0.79, "alarms": 0,
    "steps": 2500, "train_s": 300.0, "train_images_per_s": 500.0, "sample_images_per_s": 1200.0,
    "size_mb": 2.5,
}  # fmt: skip
REAL = {"real_only_accuracy": 0.8, "real_and_pool_accuracy": 0.807}


def measured(**outcomes):
    return {"real": [REAL], **outcomes}


def test_the_document_tells_of_every_family_as_its_settings_do():
    text = DOCUMENT.read_text()
    assert replaced(text, FAMILIES_PART, families_text()) == text, (
        "docs/generators.md is old: run .venv/bin/python scripts/document_generators.py"
    )
    assert all(f"(`{family}`)" in text for family in FAMILIES)


def test_the_document_has_a_place_for_the_table():
    assert "| made |" in replaced(DOCUMENT.read_text(), TABLE_PART, "| made |")


def test_what_was_measured_is_taken_from_a_folder_that_is_named():
    with pytest.raises(RuntimeError, match="--folder"):
        generator_quality(lambda line: None, only_measured=True, docs=True)


def test_a_document_without_markers_is_not_written():
    with pytest.raises(ValueError, match="lacks"):
        replaced("# Generators", TABLE_PART, "")


def test_several_seeds_give_a_mean_and_an_interval():
    seeds = [OUTCOME | {"coverage": share} for share in (0.3, 0.4, 0.5)]
    figures = figures_of(measured(pca=seeds))
    assert figures["coverage.pca"] == pytest.approx(0.4)
    assert (figures["coverage_low.pca"], figures["coverage_high.pca"]) == pytest.approx(
        (0.4 - 0.2484, 0.4 + 0.2484), abs=1e-4
    )
    assert "0.40 (0.15 to 0.65)" in table_text(figures, {})


def test_one_seed_has_no_interval_and_a_refused_figure_a_dash():
    figures = figures_of(measured(conditional_gan=[OUTCOME]))
    assert "fid.conditional_gan" not in figures
    lines = table_text(figures, {}).splitlines()
    assert (
        "| Conditional GAN | 1 | 0.40 | 2.00 | — | 1.0% | 71.0% | 79.0% | 2,500 | 5.0 | 500/s "
        "| 1,200/s | 2.5 |"
    ) in lines
    assert "`conditional_gan`" not in lines[-1]
    assert lines[-1].startswith("Not measured yet: `pca`, `augmentation`")


def test_the_table_says_what_alarmed_and_what_was_left_out():
    figures = figures_of(measured(pca=[OUTCOME | {"alarms": 2}]))
    text = table_text(figures, {"progan": "It takes powers of two."})
    assert "0.40 (alarm)" in text
    assert "Left out: `progan`: It takes powers of two." in text
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1


def test_presets_are_variants_of_their_own():
    assert set(FAMILIES) <= set(variants())
    for family, config in FAMILIES.items():
        assert all(f"{family}.{preset}" in variants() for preset in config.presets)
