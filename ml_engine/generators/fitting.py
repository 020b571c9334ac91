"""Training any network family step by step: watched, alarmed, ended with its best moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from torch import Tensor

from ml_engine.config import EngineEvent, TrainedConfig
from ml_engine.distributed import agreed, is_first, means_over_all
from ml_engine.generators.best_moment import BestMoment
from ml_engine.generators.health import GeneratorCollapsedError, Health
from ml_engine.generators.looking import Drawing, health_of, show_sheet
from ml_engine.generators.protocol import GeneratorFit
from ml_engine.resuming import TrainingDivergedError, run_steps

BEST = "best_moment"
"""The name of what a resumable state keeps of the best moment."""
ALARM_FROM = 1 / 3
"""Share of the training before which few images are normal, and no alarm is raised."""


class Network(Drawing, Protocol):
    """What is watched: the part of a `Generator` that draws and holds the weights."""

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
    """Train to the last step, leave `network` at its healthiest moment, and return its health.

    What an alarm does is `config.on_alarm`. Raises `StopRequestedError`; `TrainingDivergedError`
    where a loss or a weight is no number and no good moment was kept or the policy is to stop;
    `GeneratorCollapsedError` where the policy is to stop; and `DiskFullError`.
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
        watch.alarm(f"{error} The best moment before it is kept.")
    return watch.end_with_best()


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
        self._best = BestMoment(fit.folder / "best", fit.resume.fingerprint)
        self._done = 0

    def step(self, number: int) -> Mapping[str, Tensor]:
        """The trainer's step."""
        self._done = number + 1
        return means_over_all(self._trainer.step(number))

    def tensors(self) -> dict[str, Tensor]:
        """The trainer's tensors, and which moment was the best."""
        return self._trainer.tensors() | {BEST: self._best.named()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Give the trainer its tensors back, and go back to the best moment of then."""
        self._trainer.restore({name: one for name, one in tensors.items() if name != BEST})
        self._best.go_back(tensors[BEST])

    def observe(self, done: int) -> Mapping[str, float]:
        """At `config.checks` moments: a sheet, the health, the alarm, and perhaps a new best."""
        if done % max(1, self._config.steps // self._config.checks) and done != self._config.steps:
            return {}
        state = self._network.state()
        _check_numbers(state, done)
        health = Health(done)
        if is_first():
            show_sheet(self._network, self._fit, done, self._config.steps)
            health = self._examine(done)
            self._best.consider(health, state)
        if agreed(health.collapsed) and done >= self._config.steps * ALARM_FROM:
            self._collapsed(health)
        return health.curve()

    def has_good(self) -> bool:
        """Whether a moment was kept that had not collapsed."""
        return agreed(self._best.is_good)

    def end_with_best(self) -> Health:
        """Put the best moment's weights back, finish them, and measure them as they are left.

        Only the first of several processes has them, and goes on alone.
        """
        if not is_first():
            return Health(self._done)
        self._network.load_state(self._best.load())
        step = self._best.health.step if self._best.health else 0
        self._trainer.finish()
        # Statistics computed anew may overflow where weights only just do not.
        _check_numbers(self._network.state(), step)
        self._best.forget()
        return self._examine(step)

    def alarm(self, message: str) -> None:
        """Tell people."""
        self._fit.on_event(EngineEvent("alarm", self._done, self._config.steps, {}, message))

    def _examine(self, done: int) -> Health:
        return health_of(self._network, self._reference, self._fit, done)

    def _collapsed(self, health: Health) -> None:
        if self._config.on_alarm == "stop":
            raise GeneratorCollapsedError(
                f"Training was stopped at step {health.step}, as its policy asks: {health.reason}"
                " Give the generator more varied images, or another family or more steps."
            )
        self.alarm(f"At step {health.step}: {health.reason}")
        # Without a better moment to go back to, training on can only help.
        if self._config.on_alarm == "roll_back" and self.has_good():
            raise _EndedEarlyError


def _check_numbers(state: Mapping[str, Tensor], done: int) -> None:
    """Raise `TrainingDivergedError` where a weight is no number: such a moment is never kept."""
    for name, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise TrainingDivergedError(
                f"Training diverged: {name} holds what is no number after step {done}; "
                "a lower learning rate usually helps."
            )
