from __future__ import annotations

import numpy as np
import pytest

from ml_engine.studies.mixing import ARMS, REAL, Bench, Trial
from tests.ml_engine.generators.conftest import tiny
from tests.ml_engine.studies.conftest import QUICK, pictures

BENCH = Bench(
    train=pictures(200, 1), test=pictures(60, 2), class_count=3, pool=90, guidance=30, looks=10,
    generator=tiny("pca", latent_size=8), classifier=QUICK,
)  # fmt: skip


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    return Trial(BENCH, 24, 0, tmp_path_factory.mktemp("mixing"))


def test_every_arm_is_tested_and_found_again(trial):
    assert trial.recorded() is None
    accuracies = trial.accuracies()
    assert accuracies.keys() == ARMS.keys()
    assert all(0.3 < accuracy <= 1 for accuracy in accuracies.values())
    assert accuracies[REAL] > 0.8
    assert trial.recorded() == accuracies


def test_arms_add_as_many_images_as_are_annotated_and_the_controls_what_looks_cost(trial):
    sizes = {name: len(added.classes) for name, arm in ARMS.items() if (added := arm(trial))}
    assert sizes["equal_minutes"] == sizes["equal_minutes_unsure"] == 10
    assert sizes["untargeted"] == sizes["augmented"] == sizes["nearest_real"] == 24
    assert 0 < sizes["sure_pool"] <= 24
    assert 0 < sizes["aimed"] <= 24
    assert sizes["half_aimed"] == min(12, sizes["aimed"])


def test_what_is_aimed_at_is_not_retrieved_and_the_known_class_of_guidance_is_taken(trial):
    targets = trial._aimed_at
    assert len(targets.classes) == 12
    retrieved = {image.tobytes() for image in trial.nearest_real().images}
    pool = BENCH.train.images[trial._pool[targets.pool_indices]]
    assert not retrieved & {image.tobytes() for image in pool}


def test_a_larger_number_keeps_what_a_smaller_one_has_and_guidance_is_learnt_by_none(tmp_path):
    few, many = (Trial(BENCH, count, 0, tmp_path) for count in (24, 48))
    assert (many._annotated[:24] == few._annotated).all()
    parts = [many._annotated, many._pool, many._guidance]
    assert len(np.unique(np.concatenate(parts))) == 48 + 90 + 30


def test_too_few_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match="needs 220 images; there are 200"):
        Trial(BENCH, 100, 0, tmp_path)
