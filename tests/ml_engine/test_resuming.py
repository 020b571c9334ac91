"""What is kept of a training that stops, and what is not."""

from __future__ import annotations

import math

import pytest
import torch

from ml_engine.config import StopRequestedError
from ml_engine.resuming import ResumeFile, TrainingDivergedError, run_steps
from tests.ml_engine.conftest import StopAfter, ignore


class Losing:
    """A trainer whose loss is no number from its second step on."""

    def __init__(self):
        self.weight = torch.zeros(1)

    def step(self, number):
        self.weight += 1 if number < 1 else math.nan
        return {"loss": self.weight.sum()}

    def tensors(self):
        return {"weight": self.weight}

    def restore(self, tensors):
        self.weight = tensors["weight"].clone()

    def observe(self, done):
        return {}


@pytest.mark.parametrize(("asked", "error"), [(1, StopRequestedError), (2, TrainingDivergedError)])
def test_a_stop_keeps_the_state_unless_its_numbers_are_lost(tmp_path, asked, error):
    resume = ResumeFile(tmp_path, "print")
    with pytest.raises(error):
        run_steps(Losing(), 10, 100, resume, ignore, StopAfter(asked))
    resumed = Losing()
    assert resume.restore(resumed) == (1 if error is StopRequestedError else 0)
    assert torch.isfinite(resumed.weight)
