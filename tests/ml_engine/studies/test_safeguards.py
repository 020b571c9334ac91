"""The study of planted faults, small: each source is what it says, and is judged as in a round."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_engine.config import ClassifierConfig
from ml_engine.studies.pictures import Pictures
from ml_engine.studies.safeguards import NOISE, Counts, Study
from tests.ml_engine.conftest import stripes


def pictures(count: int, seed: int) -> Pictures:
    draws, classes = np.random.default_rng(seed), np.arange(count) % 3
    images = [stripes(int(c), 16, 1, draws).transpose(2, 0, 1) for c in classes]
    return Pictures(np.stack(images), classes)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    strange = pictures(60, 3)
    return Study(
        pictures(400, 1), pictures(45, 2), replace(strange, images=255 - strange.images),
        class_count=3, seed=0, folder=tmp_path_factory.mktemp("study"),
        counts=Counts(annotated=30, guidance=60, select=45, test=45),
        classifier=ClassifierConfig(steps=20, batch_size=16, mirror=False, shift=0),
        stages=(2, 3),
    )  # fmt: skip


def test_the_sources_have_the_faults_that_they_are_named_by(study: Study) -> None:
    asked = np.arange(60) % 3
    made = {name: source(asked, "") for name, source in study.sources.items()}
    assert all((one.classes == asked).all() for one in made.values())
    assert len(np.unique(made["collapsed"].images, axis=0)) <= 9
    assert len(np.unique(made["helpful"].images, axis=0)) == 60
    annotated = study._annotated.images.astype(int)
    for copy in made["copies"].images.astype(int):
        assert np.abs(annotated - copy).max(axis=(1, 2, 3)).min() <= NOISE


def test_a_collapsed_source_is_held_back_and_costs_no_more_than_the_first_stage(
    study: Study,
) -> None:
    verdict = study.verdict("collapsed")
    assert "most_repeats" in verdict.held_by
    assert not verdict.accepted
    assert (verdict.confirmation.seeds, verdict.trained) == (2, 4)


def test_what_passes_is_tried_in_stages_and_answers_are_found_again(study: Study) -> None:
    first = study.verdict("helpful")
    assert first.held_by == []
    kept = sorted(Path(study._folder).glob("*.npy"))
    assert study.verdict("helpful") == first
    assert sorted(Path(study._folder).glob("*.npy")) == kept
