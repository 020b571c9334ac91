"""Training that can stop at any step and go on as if it never had.

A trainer keeps all that its next step depends on in named tensors, and draws its random numbers
from the number of the step (`ml_engine.randomness`). Saving those tensors is then enough.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ml_engine.checkpoints import plain
from ml_engine.config import EngineEvent, OnEvent, ShouldStop, StopRequestedError
from ml_engine.distributed import agreed, is_first
from ml_engine.writing import whole_file

EVENT_SECONDS = 0.5
"""Shortest time between two curve events."""


class TrainingDivergedError(RuntimeError):
    """The loss is no longer a finite number; the message says at which step."""


class Trainer(Protocol):
    """One training, step by step."""

    def step(self, number: int) -> Mapping[str, Tensor]:
        """Do step `number` (from 0) and return scalar curve values by name."""

    def tensors(self) -> dict[str, Tensor]:
        """Everything the next step depends on."""

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what `tensors()` gave."""

    def observe(self, done: int) -> Mapping[str, float]:
        """Look at the state after `done` steps without changing it; returns more curve values."""


def fingerprint(parts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any] | None]) -> str:
    """SHA-256 of what a training is made from: only the same training may resume a state."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for name, array in sorted(arrays.items()):
        digest.update(name.encode())
        if array is not None:
            digest.update(str((array.dtype, array.shape)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class ResumeFile:
    """The one file that holds an unfinished training: replaced in one piece, removed at the end."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._path = folder / "resume" / "state.safetensors"
        self.fingerprint = fingerprint

    def save(self, trainer: Trainer, done: int) -> None:
        """Keep the state after `done` steps; raises `DiskFullError`, and keeps the one before."""
        if not is_first():
            return
        facts = json.dumps({"fingerprint": self.fingerprint, "done": done})
        with whole_file(self._path) as scratch:
            save_file(plain(trainer.tensors()), scratch, metadata={"resume": facts})

    def restore(self, trainer: Trainer) -> int:
        """Give the trainer its state back; returns the steps done, 0 where nothing fits."""
        done = self.done()
        if done:
            with safe_open(self._path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            trainer.restore(tensors)
        return done

    def done(self) -> int:
        """The steps that this very training has saved, 0 where there is nothing of it."""
        try:
            with safe_open(self._path, framework="pt") as file:
                facts = json.loads((file.metadata() or {})["resume"])
            return int(facts["done"]) if facts["fingerprint"] == self.fingerprint else 0
        except (OSError, SafetensorError, KeyError, ValueError):
            # Missing or damaged: starting anew gives the same result, only later.
            return 0

    def remove(self) -> None:
        """Forget the state: the training is finished."""
        for leftover in self._path.parent.glob("state.*"):
            leftover.unlink(missing_ok=True)
        with suppress(OSError):
            self._path.parent.rmdir()


def run_steps(
    trainer: Trainer,
    steps: int,
    checkpoint_every: int,
    resume: ResumeFile,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> None:
    """Run the training to its last step, from wherever `resume` has it.

    Raises `StopRequestedError` once the state is saved where `should_stop()` turned true, and
    `TrainingDivergedError` where a curve value is no longer finite.
    """
    last_event = 0.0
    observed: dict[str, float] = {}
    values: Mapping[str, Tensor] = {}
    for number in range(resume.restore(trainer), steps):
        if agreed(should_stop()):
            _finite(values, number)
            resume.save(trainer, number)
            raise StopRequestedError(f"Stopped after {number} of {steps} steps.")
        values = trainer.step(number)
        done = number + 1
        observed |= trainer.observe(done)
        saves = done % checkpoint_every == 0 and done < steps
        speaks = agreed(done == steps or time.monotonic() - last_event >= EVENT_SECONDS)
        if saves or speaks:
            curve = _finite(values, done)
        if saves:
            resume.save(trainer, done)
        if speaks:
            last_event = time.monotonic()
            on_event(EngineEvent("curve", done, steps, curve | observed))
            observed = {}


def _finite(values: Mapping[str, Tensor], done: int) -> dict[str, float]:
    curve = {name: float(value) for name, value in values.items()}
    for name, value in curve.items():
        if not np.isfinite(value):
            raise TrainingDivergedError(
                f"Training diverged: {name} is {value} after step {done}; "
                "a lower learning rate usually helps."
            )
    return curve


def module_tensors(prefix: str, module: nn.Module) -> dict[str, Tensor]:
    """Weights and buffers of `module` under `prefix.`"""
    return {f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()}


def restore_module(prefix: str, module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put `module_tensors` back."""
    start = f"{prefix}."
    own = {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
    module.load_state_dict(own)


def optimizer_tensors(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The moments and step counts of `optimizer` under `prefix.<parameter>.<name>`."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    return {
        f"{prefix}.{index}.{name}": value
        for index, parameter in enumerate(parameters)
        for name, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(
    prefix: str, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]
) -> None:
    """Put `optimizer_tensors` back."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for key, value in tensors.items():
        if not key.startswith(f"{prefix}."):
            continue
        index, name = key[len(prefix) + 1 :].split(".")
        parameter = parameters[int(index)]
        if value.shape == parameter.shape and name != "step":
            # Fused optimisers walk memory in order: moments must lie as their parameter does.
            optimizer.state[parameter][name] = torch.empty_like(parameter).copy_(value)
        else:
            optimizer.state[parameter][name] = value.to(parameter.device)
