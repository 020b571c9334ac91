"""The files of a training's healthiest moment so far, in step with the state that resumes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ml_engine.checkpoints import plain
from ml_engine.generators.health import Health
from ml_engine.writing import whole_file

NONE = -1
"""The step of the best moment while there is none."""


class BestMoment:
    """Keeps the weights and the health of the best moment.

    A resumed training must find the best moment of the step that it goes on from, not one that a
    killed process came to later. So each has a file of its own, which stays until two resumable
    states have named another.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder, self._fingerprint = folder, fingerprint
        self.health: Health | None = None
        self._most_covered = 0.0
        self._named_before = NONE

    @property
    def is_good(self) -> bool:
        """Whether a moment was kept that had not collapsed."""
        return self.health is not None and not self.health.collapsed

    def consider(self, health: Health, state: Mapping[str, Tensor]) -> None:
        """Keep this moment if it is better than the best before; raises `DiskFullError`."""
        best = self.health
        if best is None or (best.collapsed and not health.collapsed):
            self._most_covered = health.coverage or 0.0
        elif best.collapsed == health.collapsed:
            self._most_covered = max(self._most_covered, health.coverage or 0.0)
        if best is None or health.better_than(best, self._most_covered):
            facts = {"fingerprint": self._fingerprint, "health": health.to_json()}
            with whole_file(self._path(health.step)) as scratch:
                save_file(plain(state), scratch, metadata={"best": json.dumps(facts)})
            self.health = health

    def load(self) -> dict[str, Tensor]:
        """The best moment's weights."""
        if self.health is None:
            raise RuntimeError("No moment of this training was kept.")
        with safe_open(self._path(self.health.step), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118

    def named(self) -> Tensor:
        """What a resumable state keeps of it; forgets the moments that no state names any more."""
        step = NONE if self.health is None else self.health.step
        self._forget(but={step, self._named_before})
        self._named_before = step
        return torch.tensor([step, self._most_covered], dtype=torch.float64)

    def go_back(self, named: Tensor) -> None:
        """To the moment that a resumed state names, where its file is still whole."""
        step, self._most_covered = int(named[0]), float(named[1])
        self._named_before = step
        self.health = self._read(step)
        self._forget(but={step})

    def forget(self) -> None:
        """Remove all files: the training is finished."""
        self._forget(but=set())
        with suppress(OSError):
            self._folder.rmdir()

    def _path(self, step: int) -> Path:
        return self._folder / f"{step}.safetensors"

    def _read(self, step: int) -> Health | None:
        try:
            with safe_open(self._path(step), framework="pt") as file:
                facts = json.loads((file.metadata() or {})["best"])
        except (OSError, SafetensorError, KeyError, ValueError):
            return None
        return Health(**facts["health"]) if facts["fingerprint"] == self._fingerprint else None

    def _forget(self, but: set[int]) -> None:
        kept = {self._path(step).name for step in but}
        for file in self._folder.glob("*"):
            if file.name not in kept:
                file.unlink(missing_ok=True)
