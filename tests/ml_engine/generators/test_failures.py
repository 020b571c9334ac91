"""What ends a training, in one sentence that says what to do, and what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from ml_engine.checkpoints import (
    CheckpointError,
    read_metadata,
    save_checkpoint,
)
from ml_engine.config import ConfigError, ImageShape, StopRequestedError
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.health import Reference
from ml_engine.generators.registry import GENERATORS
from ml_engine.generators.training import train_generator
from ml_engine.memory import MemoryShortError
from ml_engine.resuming import TrainingDivergedError
from ml_engine.writing import DiskFullError
from tests.ml_engine.conftest import Heard, StopAfter, files_of_at_most, ignore, never
from tests.ml_engine.generators.conftest import tiny

FITS = 8
"""The largest batch that the planted family has memory for."""


def train(data, folder, family="conditional_gan", *, class_count=3, warm_start=None,
          reference=None, on_event=ignore, should_stop=never, **settings):  # fmt: skip
    pack, targets = data
    return train_generator(
        pack, np.arange(len(pack)), targets, class_count, pack.shape, tiny(family, **settings), 3,
        folder, warm_start=warm_start, reference=reference, on_event=on_event,
        should_stop=should_stop,
    )  # fmt: skip


class Greedy(ConditionalGan):
    """Asks torch for more memory than there can be unless its batch is small."""

    def trainer(self, images, fit):
        if self.config.batch_size > FITS:
            torch.empty(2**50)
        return super().trainer(images, fit)


@pytest.fixture
def greedy(monkeypatch):
    monkeypatch.setitem(GENERATORS, "conditional_gan", Greedy)


def test_where_memory_falls_short_half_the_batch_trains_and_says_so(make_pack, tmp_path, greedy):
    data, heard = make_pack(), Heard()
    result = train(data, tmp_path / "short", batch_size=2 * FITS, on_event=heard)
    assert read_metadata(result.folder)["config"]["batch_size"] == FITS
    (warning,) = [event.message for event in heard if event.kind == "warning"]
    assert "half the batch, 8 images" in warning
    asked = train(data, tmp_path / "asked", batch_size=FITS)
    assert result.sha256 == asked.sha256
    again = train(data, tmp_path / "short", batch_size=2 * FITS)
    assert again == result


def test_a_halved_training_that_was_stopped_goes_on_halved(make_pack, tmp_path, greedy):
    data, settings = make_pack(), {"batch_size": 2 * FITS, "steps": 6}
    straight = train(data, tmp_path / "straight", **settings)
    with pytest.raises(StopRequestedError):
        train(data, tmp_path / "stopped", should_stop=StopAfter(3), **settings)
    heard = Heard()
    resumed = train(data, tmp_path / "stopped", on_event=heard, **settings)
    assert resumed.sha256 == straight.sha256
    assert [event.kind for event in heard if event.kind == "warning"] == []
    assert min(event.step for event in heard) > 3


def test_where_half_the_batch_does_not_fit_either_it_ends_with_a_sentence(
    make_pack, tmp_path, greedy
):
    with pytest.raises(MemoryShortError, match=r"batches of 16 images\. Choose a smaller batch"):
        train(make_pack(), tmp_path / "run", batch_size=4 * FITS)


def test_an_address_space_that_is_too_small_is_told_in_a_sentence(make_pack, tmp_path):
    pack, _ = make_pack()
    script = f"""
import resource
import numpy as np
from ml_engine.config import generator_config
from ml_engine.generators.training import train_generator
from ml_engine.packs import open_pack
from pathlib import Path
pack = open_pack(Path({str(pack.path)!r}))
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * 4096 + 150 * 2**20,) * 2)
train_generator(
    pack, np.arange(len(pack)), np.arange(len(pack)) % 3, 3, pack.shape,
    generator_config("conditional_gan", batch_size=400_000, threads=1), 0,
    Path({str(tmp_path / "run")!r}), on_event=lambda event: print(event.message),
    should_stop=lambda: False,
)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert "begins anew with half the batch, 200000 images" in ended.stdout
    assert "MemoryShortError: The memory does not suffice" in ended.stderr


# What does not fit: a sample sheet, the best moment's weights, the state that resumes.
@pytest.mark.parametrize("size", [100, 8_000, 80_000])
def test_a_full_disk_is_told_with_its_folder_and_leaves_nothing_half_written(
    make_pack, tmp_path, size
):
    data, settings = make_pack(), {"steps": 6, "checkpoint_every": 3, "checks": 6}
    straight = train(data, tmp_path / "straight", **settings)
    run = tmp_path / "run"
    with files_of_at_most(size), pytest.raises(DiskFullError, match=rf"{run}/.* MB left\. Free"):
        train(data, run, **settings)
    assert not list(run.rglob("*.part"))
    assert train(data, run, **settings).sha256 == straight.sha256
    assert {path.name for path in run.iterdir()} == {"checkpoint", "samples"}


def test_a_checkpoint_that_finds_no_room_leaves_the_one_before(make_pack, tmp_path):
    folder = tmp_path / "checkpoint"
    before = save_checkpoint(folder, {"w": torch.zeros(3)}, {"kind": "generator"})
    with files_of_at_most(500), pytest.raises(DiskFullError, match=str(tmp_path)):
        save_checkpoint(folder, {"w": torch.ones(3000)}, {"kind": "generator"})
    assert read_metadata(folder)["sha256"] == before
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


ABSURD = {
    "learning_rate": 0.99, "discriminator_learning_rate": 0.99, "beta1": 0.9, "beta2": 0.0,
    "steps": 8, "checks": 8,
}  # fmt: skip


@pytest.mark.parametrize("policy", ["go_on", "roll_back", "stop"])
def test_an_absurd_learning_rate_ends_with_its_cure(make_pack, tmp_path, policy):
    """Even its first moments, whose weights are still numbers, overflow in their statistics."""
    with pytest.raises(TrainingDivergedError, match="a lower learning rate usually helps"):
        train(make_pack(), tmp_path / "run", on_alarm=policy, **ABSURD)
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_a_warm_start_must_be_of_the_same_family_shape_and_classes(make_pack, tmp_path):
    data = make_pack()
    pca = train(data, tmp_path / "pca", "pca").folder
    gan = train(data, tmp_path / "gan").folder
    for family, start, what in [("conditional_gan", pca, "family"), ("pca", gan, "family")]:
        with pytest.raises(CheckpointError, match=f"cannot be continued: its {what} is"):
            train(data, tmp_path / "other", family, warm_start=start)
    with pytest.raises(CheckpointError, match="its shape is"):
        train(make_pack(32), tmp_path / "other", warm_start=gan)
    with pytest.raises(CheckpointError, match="its class_count is 3, not 4"):
        train(data, tmp_path / "other", class_count=4, warm_start=gan)


def cut_short(folder):
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])


def lose_the_weights(folder):
    (folder / "weights.safetensors").unlink()


def lose_the_metadata(folder):
    (folder / "metadata.json").unlink()


def scribble(folder):
    (folder / "metadata.json").write_text("{")


def pickle_it(folder):
    torch.save({"generator": {}}, folder / "weights.safetensors")


def rename_a_weight(folder):
    metadata = json.loads((folder / "metadata.json").read_text())
    save_checkpoint(folder, {"another.weight": torch.zeros(2)}, metadata)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_short, "damaged"),
        (lose_the_weights, "has lost its weights"),
        (lose_the_metadata, "no checkpoint at"),
        (scribble, "metadata .* is broken"),
        (pickle_it, "damaged"),
        (rename_a_weight, "does not fit its networks"),
    ],
)
def test_a_damaged_or_foreign_file_is_no_warm_start(make_pack, tmp_path, damage, said):
    data = make_pack()
    folder = train(data, tmp_path / "first").folder
    damage(folder)
    with pytest.raises(CheckpointError, match=said):
        train(data, tmp_path / "run", warm_start=folder)
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_a_size_that_the_family_cannot_make_is_named(make_pack, tmp_path):
    with pytest.raises(ConfigError, match="size is 30"):
        train(make_pack(30), tmp_path / "run")
    pack, targets = make_pack()
    with pytest.raises(ValueError, match="The pack holds images of"):
        train_generator(
            pack, np.arange(30), targets, 3, ImageShape(32, 1), tiny("pca"), 0, tmp_path / "run",
            on_event=ignore, should_stop=never,
        )  # fmt: skip


def test_a_class_without_images_is_warned_of_and_does_not_spoil_the_health(make_pack, tmp_path):
    pack, targets = make_pack()

    def features_of(images):
        return images.reshape(len(images), -1)[:, :9].astype(np.float32)

    reference = Reference("pixels", features_of(pack.images), targets, features_of)
    heard = Heard()
    result = train(
        (pack, targets % 2), tmp_path / "run", "pca", reference=reference, on_event=heard
    )
    assert "The class 2 has no image to learn from" in heard[0].message
    assert result.health.image_count == int((targets < 2).sum())
