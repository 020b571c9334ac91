"""Small packs, and the two callables that every long engine function takes."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml_engine.config import EngineEvent, ImageShape
from ml_engine.packs import Pack, write_pack

PackMaker = Callable[..., tuple[Pack, np.ndarray]]


class StopAfter:
    """A `should_stop` that turns true when it is asked for the (n + 1)-th time."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


class CrashAfter(StopAfter):
    """Ends the training without a chance to save, as a killed process does."""

    def __call__(self) -> bool:
        if super().__call__():
            raise KeyboardInterrupt
        return False


class Heard(list[EngineEvent]):
    """An `on_event` that keeps what it hears."""

    def __call__(self, event: EngineEvent) -> None:
        self.append(event)


def never() -> bool:
    return False


def ignore(event: EngineEvent) -> None:
    pass


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system refuses to write beyond `size` bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def stripes(target: int, size: int, channels: int, draws: np.random.Generator) -> np.ndarray:
    """Class 0 has horizontal stripes, class 1 vertical ones, class 2 a bright square; noisy."""
    image = draws.normal(60, 20, (size, size, channels))
    phase = int(draws.integers(0, 4))
    if target == 0:
        image[phase::4] += 130
    elif target == 1:
        image[:, phase::4] += 130
    else:
        image[size // 4 : -size // 4, size // 4 : -size // 4] += 130
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture
def make_pack(tmp_path: Path) -> PackMaker:
    """A function (size, channels, count) → (pack, classes), three classes in turn."""

    def make(size: int = 16, channels: int = 1, count: int = 30) -> tuple[Pack, np.ndarray]:
        draws = np.random.default_rng(0)
        targets = np.arange(count) % 3
        images = [stripes(int(t), size, channels, draws).squeeze() for t in targets]
        items = ((f"{i:064x}", lambda i=i: Image.fromarray(images[i])) for i in range(count))
        path = tmp_path / f"pack-{size}-{channels}-{count}"
        return write_pack(path, ImageShape(size, channels), items, count), targets

    return make
