from __future__ import annotations

import numpy as np
import pytest

from ml_engine.studies.quality import Counts, Study
from tests.ml_engine.generators.conftest import tiny
from tests.ml_engine.studies.conftest import QUICK, pictures

COUNTS = Counts(annotated=30, pool=60, guidance=30, others=60, compared=60)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return Study(
        pictures(200, 1), pictures(60, 2), class_count=3, seed=0,
        folder=tmp_path_factory.mktemp("study"), counts=COUNTS,
        classifier=QUICK,
    )  # fmt: skip


def test_the_controls_learn_from_the_annotated_images_and_from_the_sure_pool(study):
    controls = study.controls()
    assert controls.real_only_accuracy > 0.9
    assert controls.real_and_pool_accuracy > 0.9
    assert 0 < controls.pool_kept <= 1
    assert controls.pool_right > 0.9


def test_images_of_a_family_are_measured_and_learnt_from(study):
    heard = []
    outcome = study.outcome("pca", tiny("pca", latent_size=20), most_s=60, say=heard.append)
    assert 0 <= outcome.coverage <= 1
    assert outcome.kid < 1
    assert outcome.synthetic_only_accuracy > 0.6
    assert outcome.real_and_synthetic_accuracy > 0.9
    assert outcome.steps == 0
    assert "pca: trained" in heard[0]


def test_a_family_gets_no_more_steps_than_its_minutes_allow(study):
    config = tiny("conditional_gan", steps=1_000_000)
    outcome = study.outcome("cut", config, most_s=0.3, say=lambda line: None)
    assert 1 <= outcome.steps < 1000
    assert outcome.train_images_per_s > 0


def test_a_warm_up_may_be_longer_than_the_steps_that_are_timed_first(study):
    config = tiny("conditional_gan", steps=50, warm_up_steps=45)
    outcome = study.outcome("warm", config, most_s=3600, say=lambda line: None)
    assert outcome.steps == 50


def test_a_study_that_was_broken_off_finds_what_it_has(study):
    config = tiny("augmentation")
    first = study.outcome("augmentation", config, most_s=60, say=lambda line: None)
    again = study.outcome("augmentation", config, most_s=60, say=pytest.fail)
    assert again == first
    assert first.coverage > 0.2


def test_images_that_one_part_learns_from_are_in_no_other(study):
    parts = [study._annotated, study._pool, study._guidance, study._others]
    rows = np.concatenate(parts)
    assert len(np.unique(rows)) == len(rows) == 180


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match="needs 41000 images; there are 200"):
        Study(pictures(200, 1), pictures(9, 2), class_count=3, seed=0, folder=tmp_path)
