"""How long each strategy takes to choose, and how much memory.

Each in a process of its own and on one thread, scikit-activeml's choices like ours.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ml_engine.choosing import Pool, choose
from ml_engine.choosing.pool import Floats, Indices

CLASS_COUNT = 10
LENGTH = 128
ANNOTATED = 500
MEMBERS = 10
"""Stochastic members, for BALD."""
MEGABYTE = 1_000_000
MOST_PEER_BYTES = 8_000_000_000

Choose = Callable[[str, Pool, int], Indices]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one choice took."""

    seconds: float
    cpu_seconds: float
    """What it would take on a core of its own: on busy cores `seconds` tell of its neighbours."""
    peak_mb: float
    """The most that its process held, with Python, its modules and the pool."""


class NotMeasuredError(RuntimeError):
    """A choice did not end; the message says why."""


def made_pool(size: int, seed: int, annotated: int = ANNOTATED, spread: float = 0.1) -> Pool:
    """Unit features of ten classes that overlap, a classifier's and its members' opinions."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((CLASS_COUNT, LENGTH), np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    classes = random.integers(CLASS_COUNT, size=annotated + size)
    features = centres[classes]
    features += spread * random.standard_normal(features.shape, np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    logits = 6 * features[annotated:] @ centres.T
    shaken = random.standard_normal((MEMBERS, size, CLASS_COUNT), np.float32)
    return Pool(
        _softmax(logits),
        features[annotated:],
        seed,
        features[:annotated],
        classes[:annotated],
        members=_softmax(logits + shaken),
    )


def cost(strategy: str, size: int, count: int, *, seed: int = 0) -> Cost:
    """Of choosing `count` of `size` images."""
    return _in_a_process(choose, strategy, size, count, seed, None, None)


def peer_cost(strategy: str, size: int, count: int, *, limit_s: float, seed: int = 0) -> Cost:
    """Of the same choice by scikit-activeml, within `limit_s` seconds and 8 GB.

    Raises `NotMeasuredError` where that does not suffice.
    """
    from ml_engine.studies.choosing_peers import peer_choose

    return _in_a_process(peer_choose, strategy, size, count, seed, limit_s, MOST_PEER_BYTES)


def _in_a_process(
    by: Choose,
    strategy: str,
    size: int,
    count: int,
    seed: int,
    limit_s: float | None,
    most_bytes: int | None,
) -> Cost:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_measure, args=(theirs, by, strategy, size, count, seed, most_bytes)
    )
    process.start()
    theirs.close()
    try:
        if not ours.poll(limit_s):
            raise NotMeasuredError(f"took more than {limit_s:.0f} s")
        found = ours.recv()
    except EOFError:
        raise NotMeasuredError("its process ended, most likely for want of memory") from None
    finally:
        process.kill()
        process.join()
    if isinstance(found, str):
        raise NotMeasuredError(found)
    return Cost(*found)


def _measure(
    out: Connection,
    by: Choose,
    strategy: str,
    size: int,
    count: int,
    seed: int,
    most_bytes: int | None,
) -> None:
    pool = made_pool(size, seed)
    by(strategy, made_pool(count, seed), 2)  # whatever is imported or started once
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    before, cpu_before = time.perf_counter(), time.process_time()
    try:
        with threadpool_limits(1):
            by(strategy, pool, count)
    except MemoryError:
        out.send("8 GB did not suffice")
        return
    seconds, cpu_seconds = time.perf_counter() - before, time.process_time() - cpu_before
    out.send((seconds, cpu_seconds, _peak_bytes() / MEGABYTE))


def _peak_bytes() -> int:
    """The most this process has held; a child's own, which `getrusage` mixes with its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _softmax(logits: Floats) -> Floats:
    powers: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers
