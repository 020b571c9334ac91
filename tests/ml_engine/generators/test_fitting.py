"""A generator that collapses or diverges when it is told to, under each alarm policy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.config import EngineEvent, StopRequestedError, generator_config
from ml_engine.generators.fitting import fit_steps
from ml_engine.generators.health import GeneratorCollapsedError, Reference
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.resuming import ResumeFile, TrainingDivergedError
from tests.ml_engine.conftest import CrashAfter, Heard, StopAfter, never

CLASSES = np.arange(60) % 2
REAL = np.random.default_rng(0).integers(0, 256, (60, 1, 4, 4)).astype(np.uint8)


def features_of(images):
    return images.reshape(len(images), -1).astype(np.float32) / 255


REFERENCE = Reference("pixels", features_of(REAL), CLASSES, features_of)


class Planted:
    """A network and its trainer: as varied as the script says of the step that it has done."""

    class_count, latent_size = 2, 3

    def __init__(self, script: str) -> None:
        self.script, self.finished = script, False
        self.weights = torch.zeros(1)

    def sample(self, latents, classes):
        drawn = np.random.default_rng(1).integers(0, 256, (len(classes), 1, 4, 4)).astype(np.uint8)
        varied = self.script[int(self.weights[0]) - 1] == "v"
        return drawn if varied else np.full_like(drawn, 7)

    def state(self):
        return {"weights": self.weights}

    def load_state(self, state):
        self.weights = state["weights"].clone()

    def step(self, number):
        broken = self.script[number] == "n"
        self.weights = torch.full((1,), float("nan") if broken else number + 1.0)
        # Weights may break where the loss, taken before them, is still a number.
        return {"loss": torch.tensor(1.0)}

    def tensors(self):
        return self.state()

    def restore(self, tensors):
        assert set(tensors) == {"weights"}
        self.load_state(tensors)

    def finish(self):
        self.finished = True


def fit(script, folder, policy="go_on", *, heard=None, should_stop=never, reference=REFERENCE):
    """Train by the script, one letter a step and a check after each: varied, collapsed, NaN."""
    planted = Planted(script)
    steps = len(script)
    config = generator_config(
        "conditional_gan", steps=steps, checks=steps, on_alarm=policy, checkpoint_every=2
    )
    heard = Heard() if heard is None else heard
    resume = ResumeFile(folder, "print")
    what = GeneratorFit(1, folder, resume, ("a", "b"), heard, should_stop, reference)
    return planted, fit_steps(planted, planted, config, what)


def alarms(heard: list[EngineEvent]) -> list[int]:
    return [event.step for event in heard if event.kind == "alarm"]


def test_going_on_keeps_the_best_moment_and_tells_of_every_collapse(tmp_path):
    heard = Heard()
    planted, health = fit("cvvcc", tmp_path, heard=heard)
    assert (health.step, health.collapsed, planted.finished) == (2, False, True)
    assert planted.weights.tolist() == [2.0]
    assert alarms(heard) == [4, 5]
    assert not (tmp_path / "best").exists()


def test_rolling_back_ends_at_once_with_the_best_moment(tmp_path):
    heard = Heard()
    planted, health = fit("vvcvv", tmp_path, "roll_back", heard=heard)
    assert (planted.weights.tolist(), health.collapsed) == ([1.0], False)
    assert alarms(heard) == [3]
    assert max(event.step for event in heard) == 3


def test_rolling_back_without_a_moment_to_go_back_to_trains_on(tmp_path):
    heard = Heard()
    planted, health = fit("ccccv", tmp_path, "roll_back", heard=heard)
    assert (planted.weights.tolist(), health.collapsed) == ([5.0], False)
    assert alarms(heard) == [2, 3, 4]


def test_stopping_fails_with_what_was_seen_and_what_to_do(tmp_path):
    with pytest.raises(GeneratorCollapsedError, match=r"at step 3.*cover .*Give the generator"):
        fit("vvcvv", tmp_path, "stop")


def test_in_the_first_third_no_policy_minds_a_collapse(tmp_path):
    heard = Heard()
    _, health = fit("ccvvvvv", tmp_path, "stop", heard=heard)
    assert not health.collapsed
    assert alarms(heard) == []


@pytest.mark.parametrize("policy", ["go_on", "roll_back"])
@pytest.mark.parametrize("reference", [REFERENCE, None])
def test_a_diverged_training_ends_with_the_best_moment_before(tmp_path, policy, reference):
    heard = Heard()
    planted, health = fit("vvnnn", tmp_path, policy, heard=heard, reference=reference)
    assert planted.weights.isfinite().all()
    assert health.step in (1, 2)
    assert alarms(heard) == [3]


@pytest.mark.parametrize(
    ("script", "policy"), [("vvnnn", "stop"), ("nnnn", "go_on"), ("ccnn", "go_on")]
)
def test_a_diverged_training_with_nothing_to_keep_or_told_to_stop_fails(tmp_path, script, policy):
    with pytest.raises(TrainingDivergedError, match="a lower learning rate"):
        fit(script, tmp_path, policy)


def test_without_a_reference_the_last_weights_are_left(tmp_path):
    planted, health = fit("vcvc", tmp_path, reference=None)
    assert (planted.weights.tolist(), health.coverage) == ([4.0], None)


@pytest.mark.parametrize("ends", [StopAfter, CrashAfter])
@pytest.mark.parametrize("after", range(1, 6))
def test_stopped_or_killed_and_resumed_the_same_moment_is_left(tmp_path, ends, after):
    script = "vcvvcv"
    straight, expected = fit(script, tmp_path / "straight")
    with pytest.raises((StopRequestedError, KeyboardInterrupt)):
        fit(script, tmp_path / "resumed", should_stop=ends(after))
    resumed, health = fit(script, tmp_path / "resumed")
    assert (health, resumed.weights) == (expected, straight.weights)
