from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ml_engine.checkpoints import CheckpointError
from ml_engine.config import GeneratorConfig, StopRequestedError
from ml_engine.generators.training import load_generator, sample, train_generator
from tests.ml_engine.conftest import CrashAfter, Heard, StopAfter, ignore, never

CONFIG = GeneratorConfig(
    steps=10, batch_size=8, width=4, latent_size=6, r1_every=3, threads=1, checkpoint_every=4
)


def train(data, folder, *, config=CONFIG, seed=3, should_stop=never, on_event=ignore, **options):
    pack, targets = data
    rows = np.arange(len(pack))
    return train_generator(
        pack, rows, targets, 3, pack.shape, config, seed, folder,
        on_event=on_event, should_stop=should_stop, **options,
    )  # fmt: skip


def test_resuming_equals_never_stopping(make_pack, tmp_path):
    data = make_pack()
    straight = train(data, tmp_path / "straight")
    for steps in (5, 3):
        with pytest.raises(StopRequestedError):
            train(data, tmp_path / "stopped", should_stop=StopAfter(steps))
    assert train(data, tmp_path / "stopped").sha256 == straight.sha256
    assert not (tmp_path / "stopped" / "resume").exists()


def test_a_crash_loses_nothing_but_time(make_pack, tmp_path):
    data = make_pack()
    straight = train(data, tmp_path / "straight")
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "crashed", should_stop=CrashAfter(7))
    left = StopAfter(1000)
    assert train(data, tmp_path / "crashed", should_stop=left).sha256 == straight.sha256
    assert 1000 - left.left < CONFIG.steps


def test_the_seed_decides_every_byte(make_pack, tmp_path):
    data = make_pack()
    first, again, other = (
        train(data, tmp_path / name, seed=seed) for name, seed in [("a", 1), ("b", 1), ("c", 2)]
    )
    assert first.sha256 == again.sha256 != other.sha256


def test_an_image_can_be_made_again_alone(make_pack, tmp_path):
    generator = load_generator(train(make_pack(), tmp_path / "run").folder)
    classes = np.arange(150) % 3
    images, latents = sample(generator, 9, classes)
    alone, latent = sample(generator, 9, classes[[77]], np.array([77]))
    assert (alone[0] == images[77]).all()
    assert (latent[0] == latents[77]).all()
    assert (generator.sample(latents[[77]], classes[[77]])[0] == images[77]).all()
    assert len({image.tobytes() for image in images}) == 150


def test_it_shows_sheets_with_a_row_for_each_class(make_pack, tmp_path):
    heard = Heard()
    train(make_pack(16, 3), tmp_path / "run", on_event=heard)
    sheets = [event.path for event in heard if event.kind == "samples"]
    assert len(sheets) == 10
    assert Image.open(sheets[-1]).size == (10 * 16, 3 * 16)


def test_a_warm_start_continues_both_networks(make_pack, tmp_path):
    data = make_pack()
    first = train(data, tmp_path / "first")
    warm = train(data, tmp_path / "warm", warm_start=first.folder)
    assert warm.sha256 not in {first.sha256, train(data, tmp_path / "cold", seed=4).sha256}
    with pytest.raises(CheckpointError, match="its shape is"):
        train(make_pack(32), tmp_path / "other", warm_start=first.folder)
    wider = GeneratorConfig.from_json(CONFIG.to_json() | {"width": 8})
    with pytest.raises(CheckpointError, match="does not fit"):
        train(data, tmp_path / "wider", config=wider, warm_start=first.folder)


def test_classes_outside_the_project_are_refused(make_pack, tmp_path):
    generator = load_generator(train(make_pack(), tmp_path / "run").folder)
    with pytest.raises(ValueError, match="between 0 and 2"):
        sample(generator, 0, np.array([3]))
