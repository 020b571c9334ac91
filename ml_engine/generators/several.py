"""Training a generator on several GPUs of one machine, a process on each, by torchrun."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import ml_engine
from ml_engine.config import (
    EngineEvent,
    GeneratorConfig,
    OnEvent,
    ShouldStop,
    StopRequestedError,
    TrainedConfig,
)
from ml_engine.config.generators import AdversarialConfig
from ml_engine.distributed import most_processes
from ml_engine.generators.attempts import train_within_memory
from ml_engine.generators.health import Health
from ml_engine.generators.orders import Order, read_order
from ml_engine.generators.training import GeneratorResult

LISTEN_SECONDS = 0.5
"""Between two looks at whether to stop."""
ROOT = Path(ml_engine.__file__).parents[1]


class ProcessesFailedError(RuntimeError):
    """The processes ended without a generator; the message is the sentence of the one that failed
    first, or says that one was lost."""


def processes_for(config: GeneratorConfig, gpus: int) -> int:
    """How many processes train such a generator on so many GPUs; 1: this one, by itself.

    Networks share their batches; but for a comparison over a whole batch and for a warm-up, which
    the processes cannot share. Cores are used by threads, which is no slower: `bench generators
    --processes 2` compares.
    """
    if not isinstance(config, TrainedConfig):
        return 1
    if isinstance(config, AdversarialConfig) and (
        config.minibatch == "discrimination" or config.warm_up_steps
    ):
        return 1
    return most_processes(config.batch_size, gpus)


def train_together(
    order: Order, processes: int, *, on_event: OnEvent, should_stop: ShouldStop
) -> GeneratorResult:
    """`train_generator` by several processes: the same files, events and resuming.

    Raises `StopRequestedError`, `MemoryShortError`, or `ProcessesFailedError` for all else.
    """
    files = order.folder / "together"

    def attempt(config: GeneratorConfig) -> GeneratorResult:
        replace(order, config=config).write(files)
        return _attempt(order.folder, files, processes, on_event, should_stop)

    def is_begun(config: GeneratorConfig) -> bool:
        with suppress(OSError, ValueError, KeyError):
            return read_order(files).config == config
        return False

    result = train_within_memory(order.config, attempt, is_begun, on_event)
    shutil.rmtree(files)
    return result


def _attempt(
    folder: Path, files: Path, processes: int, on_event: OnEvent, should_stop: ShouldStop
) -> GeneratorResult:
    failures: list[dict[str, Any]] = []
    with _started(files, processes) as (process, lines):
        for line in _lines(process, lines, should_stop):
            told = _understood(line)
            if told.get("told") == "event":
                on_event(_event(told))
            elif told.get("told") == "failed":
                failures.append(told)
            elif told.get("told") == "stopped":
                raise StopRequestedError(told["message"])
            elif told.get("told") == "done":
                health = Health(**told["health"])
                return GeneratorResult(folder / "checkpoint", told["sha256"], health)
    own = [told for told in failures if told["reason"] != "lost"]
    if own and own[0]["reason"] == "memory":
        raise MemoryError(own[0]["message"])
    raise ProcessesFailedError(
        own[0]["message"]
        if own
        else f"One of the {processes} processes that trained the generator was lost, as when the "
        "system ends it for want of memory. Retry; the training goes on where it was last saved."
    )


@contextmanager
def _started(
    files: Path, processes: int
) -> Iterator[tuple[subprocess.Popen[str], queue.Queue[str | None]]]:
    """torchrun, and the lines that its processes tell; None after the last. Ends it at the end."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone",
        "--nproc-per-node", str(processes), "-m", "ml_engine.generators.process", str(files),
    ]  # fmt: skip
    with (files / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        yield process, lines
    finally:
        _close_input(process)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        reader.join()


def _read(stream: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


def _lines(
    process: subprocess.Popen[str], lines: queue.Queue[str | None], should_stop: ShouldStop
) -> Iterator[str]:
    """Every line until the last; closes the processes' input once they are to stop."""
    while True:
        if should_stop():
            _close_input(process)
        try:
            line = lines.get(timeout=LISTEN_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return
        yield line


def _close_input(process: subprocess.Popen[str]) -> None:
    if process.stdin and not process.stdin.closed:
        process.stdin.close()


def _understood(line: str) -> dict[str, Any]:
    """What a process told; empty for what a library printed."""
    with suppress(ValueError):
        told = json.loads(line)
        if isinstance(told, dict):
            return told
    return {}


def _event(told: dict[str, Any]) -> EngineEvent:
    path = told["path"] and Path(told["path"])
    return EngineEvent(
        told["kind"], told["step"], told["total"], told["values"], told["message"], path
    )
