from __future__ import annotations

import json

import pytest
import torch

from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor(7)}


def test_it_brings_back_what_it_saved(tmp_path):
    folder = tmp_path / "checkpoint"
    sha256 = save_checkpoint(folder, TENSORS, {"kind": "classifier", "family": "small_cnn"})
    tensors, metadata = load_checkpoint(folder, kind="classifier")
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert (metadata["family"], metadata["sha256"]) == ("small_cnn", sha256)
    assert sorted(p.name for p in folder.iterdir()) == ["metadata.json", "weights.safetensors"]


def test_it_replaces_an_older_checkpoint_and_leaves_no_scratch(tmp_path):
    folder = tmp_path / "checkpoint"
    save_checkpoint(folder, TENSORS, {"kind": "classifier"})
    save_checkpoint(folder, {"weight": torch.zeros(1)}, {"kind": "generator"})
    assert load_checkpoint(folder)[1]["kind"] == "generator"
    assert list(tmp_path.iterdir()) == [folder]


def test_the_same_weights_have_the_same_bytes_however_they_lie_in_memory(tmp_path):
    weights = torch.randn(4, 3, 2, 2)
    last = weights.to(memory_format=torch.channels_last)
    first = save_checkpoint(tmp_path / "a", {"w": weights, "b": TENSORS["weight"]}, {"kind": "x"})
    assert first == save_checkpoint(
        tmp_path / "b", {"b": TENSORS["weight"], "w": last}, {"kind": "x"}
    )


def damage_nothing(folder):
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def damage_weights(folder):
    content = bytearray((folder / "weights.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "weights.safetensors").write_bytes(content)


def damage_metadata(folder):
    (folder / "metadata.json").write_text("{")


def make_foreign(folder):
    (folder / "metadata.json").write_text('{"model": "resnet"}')


def lose_weights(folder):
    (folder / "weights.safetensors").unlink()


def make_newer(folder):
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps(metadata | {"version": 99}))


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (damage_nothing, "There is no checkpoint"),
        (damage_weights, "SHA-256"),
        (damage_metadata, "metadata .* is broken"),
        (make_foreign, "does not describe a checkpoint"),
        (lose_weights, "has lost its weights.safetensors"),
        (make_newer, "has format 99"),
    ],
)
def test_it_says_in_one_sentence_why_a_checkpoint_is_unusable(tmp_path, harm, sentence):
    folder = tmp_path / "checkpoint"
    save_checkpoint(folder, TENSORS, {"kind": "classifier"})
    harm(folder)
    with pytest.raises(CheckpointError, match=sentence):
        load_checkpoint(folder)


def test_it_refuses_a_checkpoint_of_another_kind(tmp_path):
    save_checkpoint(tmp_path / "checkpoint", TENSORS, {"kind": "classifier"})
    with pytest.raises(CheckpointError, match="is of a classifier, not a generator"):
        load_checkpoint(tmp_path / "checkpoint", kind="generator")
