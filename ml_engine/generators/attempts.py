"""A training whose memory does not suffice: tried once more, with half the batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ml_engine.config import ConfigError, EngineEvent, GeneratorConfig, OnEvent, TrainedConfig
from ml_engine.memory import MemoryShortError, give_memory_back, is_memory_short

Result = TypeVar("Result")


def train_within_memory(
    config: GeneratorConfig,
    attempt: Callable[[GeneratorConfig], Result],
    is_begun: Callable[[GeneratorConfig], bool],
    on_event: OnEvent,
) -> Result:
    """`attempt(config)`, and with half its batch from the first step on where memory falls short.

    The second attempt is the training that the halved configuration asks for, whenever the first
    broke off; one that was stopped (`is_begun`) goes on with half the batch at once. Raises
    `MemoryShortError` where that does not suffice either, or there is no batch to halve.
    """
    halved = with_half_the_batch(config)
    if halved is None or not is_begun(halved):
        try:
            return attempt(config)
        except Exception as error:
            if not is_memory_short(error):
                raise
            if halved is None:
                raise MemoryShortError(_sentence(config)) from error
        # Only now is the first attempt's memory no longer referred to by its error.
        give_memory_back()
        on_event(EngineEvent("warning", 0, halved.steps, {}, _halving(halved)))
    try:
        return attempt(halved)
    except Exception as error:
        if not is_memory_short(error):
            raise
        raise MemoryShortError(_sentence(halved)) from error


def with_half_the_batch(config: GeneratorConfig) -> TrainedConfig | None:
    """The configuration with half its batch; None where it has none that can be halved."""
    if not isinstance(config, TrainedConfig):
        return None
    try:
        return replace(config, batch_size=config.batch_size // 2)
    except ConfigError:
        return None


def _halving(halved: TrainedConfig) -> str:
    return (
        "The memory did not suffice; the training begins anew with half the batch, "
        f"{halved.batch_size} images a step."
    )


def _sentence(config: GeneratorConfig) -> str:
    tried = (
        f" for batches of {config.batch_size} images" if isinstance(config, TrainedConfig) else ""
    )
    return (
        f"The memory does not suffice{tried}. Choose a smaller batch, a narrower network or a "
        "machine with more memory, then retry."
    )
