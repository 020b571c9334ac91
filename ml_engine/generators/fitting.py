"""Training any network family step by step: watched, alarmed, ended with its best moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ml_engine.checkpoints import plain
from ml_engine.config import EngineEvent, TrainedConfig
from ml_engine.generators.health import GeneratorCollapsedError, Health, examine
from ml_engine.generators.parts.sheets import save_sheet
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.randomness import normal
from ml_engine.resuming import TrainingDivergedError, run_steps

SHEET_COLUMNS = 10
ALARM_FROM = 1 / 3
"""Share of the training before which few images are normal, and no alarm is raised."""


class Network(Protocol):
    """What is watched: the part of a `Generator` that draws and holds the weights."""

    class_count: int
    latent_size: int

    def sample(
        self, latents: NDArray[np.float32], classes: NDArray[np.int64]
    ) -> NDArray[np.uint8]: ...

    def state(self) -> dict[str, Tensor]: ...

    def load_state(self, state: dict[str, Tensor]) -> None: ...


class GeneratorTrainer(Protocol):
    """One training of a generator; see `ml_engine.resuming.Trainer` for the first three."""

    def step(self, number: int) -> Mapping[str, Tensor]: ...

    def tensors(self) -> dict[str, Tensor]: ...

    def restore(self, tensors: Mapping[str, Tensor]) -> None: ...

    def finish(self) -> None:
        """Make the present weights ready to be kept, such as by fixing their statistics."""


class _EndedEarlyError(Exception):
    """The alarm's policy ends the training with its best moment."""


def fit_steps(
    network: Network, trainer: GeneratorTrainer, config: TrainedConfig, fit: GeneratorFit
) -> Health:
    """Train to the last step and leave `network` at its healthiest moment, which is returned.

    What an alarm does is `config.on_alarm`. Raises `StopRequestedError`; `TrainingDivergedError`
    where the loss is no number and no good moment was kept; and `GeneratorCollapsedError` where
    the policy is to stop.
    """
    watch = Watch(network, trainer, config, fit)
    try:
        run_steps(
            watch,
            config.steps,
            config.checkpoint_every,
            fit.resume,
            fit.on_event,
            fit.should_stop,
        )
    except _EndedEarlyError:
        pass
    except TrainingDivergedError as error:
        if config.on_alarm == "stop" or not watch.has_good():
            raise
        watch.alarm(f"{error} The best checkpoint before it is kept.")
    health = watch.restore_best()
    trainer.finish()
    return health


class Watch:
    """A `Trainer` that looks at another's images now and then, and keeps the best moment."""

    def __init__(
        self,
        network: Network,
        trainer: GeneratorTrainer,
        config: TrainedConfig,
        fit: GeneratorFit,
    ) -> None:
        self._network, self._trainer, self._config, self._fit = network, trainer, config, fit
        self._reference = fit.reference and fit.reference.part(fit.seed)
        self._best = _BestMoment(fit.folder / "best.safetensors", fit.resume.fingerprint)

    def step(self, number: int) -> Mapping[str, Tensor]:
        """The trainer's step."""
        return self._trainer.step(number)

    def tensors(self) -> dict[str, Tensor]:
        """The trainer's tensors."""
        return self._trainer.tensors()

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Give the trainer its tensors back."""
        self._trainer.restore(tensors)

    def observe(self, done: int) -> Mapping[str, float]:
        """At `config.checks` moments: a sheet, the health, the alarm, and perhaps a new best."""
        if done % max(1, self._config.steps // self._config.checks) and done != self._config.steps:
            return {}
        self._show_sheet(done)
        health = examine(self._reference, self._draw, done, self._fit.seed)
        best = self._best.health
        if best is None or best.step == done or health.better_than(best):
            self._best.keep(self._network.state(), health)
        if health.collapsed and done >= self._config.steps * ALARM_FROM:
            self._collapsed(health)
        return health.curve()

    def has_good(self) -> bool:
        """Whether a moment was kept that had not collapsed."""
        return self._best.health is not None and not self._best.health.collapsed

    def restore_best(self) -> Health:
        """Put the best moment's weights back."""
        state, health = self._best.load()
        self._network.load_state(state)
        self._best.forget()
        return health

    def alarm(self, message: str, step: int = 0) -> None:
        """Tell people."""
        self._fit.on_event(EngineEvent("alarm", step, self._config.steps, {}, message))

    def _collapsed(self, health: Health) -> None:
        if self._config.on_alarm == "stop":
            raise GeneratorCollapsedError(
                f"Training was stopped at step {health.step}, as its policy asks: {health.reason}"
                " Give the generator more varied images, or another family or more steps."
            )
        self.alarm(f"At step {health.step}: {health.reason}", health.step)
        if self._config.on_alarm == "roll_back":
            raise _EndedEarlyError

    def _draw(self, classes: NDArray[np.int64]) -> NDArray[np.uint8]:
        size = (len(classes), self._network.latent_size)
        return self._network.sample(normal(size, self._fit.seed, "health").numpy(), classes)

    def _show_sheet(self, done: int) -> None:
        """One row a class, the same latents in every row and at every moment."""
        rows = self._network.class_count
        z = normal((SHEET_COLUMNS, self._network.latent_size), self._fit.seed, "sheet").numpy()
        images = self._network.sample(np.tile(z, (rows, 1)), np.arange(rows).repeat(SHEET_COLUMNS))
        path = self._fit.folder / "samples" / f"step_{done:06d}.png"
        save_sheet(images, SHEET_COLUMNS, path)
        self._fit.on_event(EngineEvent("samples", done, self._config.steps, {}, path=path))


class _BestMoment:
    """The file of the healthiest moment so far, beside the one that resumes."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path, self._fingerprint = path, fingerprint
        self.health = self._read_health()

    def _read_health(self) -> Health | None:
        try:
            with safe_open(self._path, framework="pt") as file:
                facts = json.loads((file.metadata() or {})["best"])
        except (OSError, SafetensorError, KeyError, ValueError):
            return None
        return Health(**facts["health"]) if facts["fingerprint"] == self._fingerprint else None

    def keep(self, state: dict[str, Tensor], health: Health) -> None:
        facts = {"fingerprint": self._fingerprint, "health": health.to_json()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._path.with_suffix(".part")
        save_file(plain(state), scratch, metadata={"best": json.dumps(facts)})
        scratch.replace(self._path)
        self.health = health

    def load(self) -> tuple[dict[str, Tensor], Health]:
        if self.health is None:
            raise RuntimeError("No moment of this training was kept.")
        with safe_open(self._path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, self.health  # noqa: SIM118

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
