from __future__ import annotations

import numpy as np
import pytest

from ml_engine.checkpoints import CheckpointError
from ml_engine.generators.training import load_generator, sample, train_generator
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.generators.conftest import tiny


def train(data, folder, *, seed=3, warm_start=None, **settings):
    pack, targets = data
    return train_generator(
        pack, np.arange(len(pack)), targets, 3, pack.shape, tiny("conditional_gan", **settings),
        seed, folder, warm_start=warm_start, on_event=ignore, should_stop=never,
    )  # fmt: skip


def test_a_warm_start_continues_both_networks(make_pack, tmp_path):
    data = make_pack()
    first = train(data, tmp_path / "first")
    warm = train(data, tmp_path / "warm", warm_start=first.folder)
    assert warm.sha256 not in {first.sha256, train(data, tmp_path / "cold", seed=4).sha256}
    with pytest.raises(CheckpointError, match="its shape is"):
        train(make_pack(32), tmp_path / "other", warm_start=first.folder)
    with pytest.raises(CheckpointError, match="does not fit"):
        train(data, tmp_path / "wider", width=8, warm_start=first.folder)


def test_classes_outside_the_project_are_refused(make_pack, tmp_path):
    generator = load_generator(train(make_pack(), tmp_path / "run").folder)
    with pytest.raises(ValueError, match="between 0 and 2"):
        sample(generator, 0, np.array([3]))
