from __future__ import annotations

import numpy as np

from ml_engine.config import ClassifierConfig, InversionConfig, generator_config
from ml_engine.studies.latents import FOLLOWED, Amounts, Study
from ml_engine.studies.pictures import Pictures
from tests.ml_engine.conftest import stripes


def drawn(count: int, seed: int) -> Pictures:
    draws, classes = np.random.default_rng(seed), np.arange(count) % 3
    images = [stripes(int(c), 16, 1, draws).transpose(2, 0, 1) for c in classes]
    return Pictures(np.stack(images), classes.astype(np.int64))


def test_the_study_finds_moves_and_explores(tmp_path):
    study = Study(
        drawn(240, 0), drawn(30, 1), class_count=3, generator=generator_config("pca", threads=1),
        classifier=ClassifierConfig(steps=30, batch_size=16, threads=1),
        inversion=InversionConfig(steps=10, draws=16, starts=2, threads=1),
        amounts=Amounts(learnt=120, inverted=12, drawn=300, gaps=5), seed=1, folder=tmp_path,
    )  # fmt: skip
    found = study.found()
    assert set(found.nearer) == {"optimised", "other", "pixels"} == set(found.nearest)
    # Noisy stripes have no near neighbour, and components follow them.
    assert found.nearer["pixels"].value > 0.8
    effects = study.effects()
    assert set(effects) == {*FOLLOWED, *(f"{name}_with_class" for name in FOLLOWED)}
    assert effects["brightness"].rank_correlation.value > 0.9
    coverage, filled = study.explored()
    assert 0 <= coverage <= 1
    assert 0 <= filled.value <= 1
