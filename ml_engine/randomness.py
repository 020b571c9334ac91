"""Random draws that depend on nothing but what they are for.

Every draw comes from a stream named by (seed, purpose, counters). A training step asks for the
stream of its own number, so a resumed run needs no stored generator state to go on exactly as if
it had never stopped, and image `i` of a batch can be drawn alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor


def _entropy(seed: int, purpose: str, counters: tuple[int, ...]) -> list[int]:
    digest = hashlib.sha256(purpose.encode()).digest()
    return [seed % 2**64, int.from_bytes(digest[:8], "big"), *counters]


def numpy_generator(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """The NumPy stream for (seed, purpose, counters)."""
    return np.random.default_rng(np.random.SeedSequence(_entropy(seed, purpose, counters)))


def torch_seed(seed: int, purpose: str, *counters: int) -> int:
    """A 63-bit seed for torch, well mixed from (seed, purpose, counters)."""
    sequence = np.random.SeedSequence(_entropy(seed, purpose, counters))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def normal(shape: tuple[int, ...], seed: int, purpose: str, *counters: int) -> Tensor:
    """Standard normal float32 numbers on the CPU, of any shape."""
    generator = numpy_generator(seed, purpose, *counters)
    return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32))


@contextmanager
def layer_randomness(device: torch.device) -> Iterator[None]:
    """Give torch's global streams (initialisation, dropout) back as they were found."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield


def seed_layers(device: torch.device, seed: int, purpose: str, *counters: int) -> None:
    """Set torch's global streams, for code that draws from them: initialisation and dropout."""
    value = torch_seed(seed, purpose, *counters)
    torch.default_generator.manual_seed(value)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(value)
