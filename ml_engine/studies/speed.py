"""How many images a second each family learns from and draws."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ml_engine.batches import AnnotatedImages
from ml_engine.config import (
    EngineEvent,
    GeneratorConfig,
    ImageShape,
    ShouldStop,
    TrainedConfig,
)
from ml_engine.devices import pick_device, repeatable
from ml_engine.generators.health import Health
from ml_engine.generators.orders import Order
from ml_engine.generators.protocol import Generator, GeneratorFit
from ml_engine.generators.registry import generator_family
from ml_engine.generators.several import train_together
from ml_engine.packs import array_pack, write_pack
from ml_engine.randomness import layer_randomness, normal, numpy_generator
from ml_engine.resuming import ResumeFile

CLASS_COUNT = 10
WARM_UP = 8
"""Steps that are not timed."""


@dataclass(frozen=True)
class Amounts:
    """How much is timed."""

    images: int = 2000
    """Of noise, for no step takes longer for what it sees."""
    steps: int = 32
    """After the warm-up; as many as hold each part that comes only now and then."""
    drawn: int = 256
    repeats: int = 3
    """The median is reported."""
    shared_steps: int = 150
    """Of a training by several processes, which tells of its steps once a second."""


@dataclass(frozen=True)
class Speed:
    """Of one family on one device."""

    train_images_per_s: float
    """A batch by the time of a step; where there are no steps, all images by the time to fit."""
    sample_images_per_s: float


class StepClock:
    """A `should_stop` that notes when each step begins, all of the last one's work being done."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._moments = device, list[float]()

    def __call__(self) -> bool:
        self._moments.append(now(self._device))
        return False

    def per_step(self) -> float:
        """Seconds, warm-up excluded."""
        timed = self._moments[WARM_UP:]
        return (timed[-1] - timed[0]) / (len(timed) - 1)


def now(device: torch.device) -> float:
    """Seconds, once the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def speed(shape: ImageShape, config: GeneratorConfig, amounts: Amounts) -> Speed:
    """Time the family of `config`; raises `ConfigError` for a shape that it cannot make."""
    images, device = noise_images(shape, amounts.images), pick_device()
    learnt, drawn = [], []
    with repeatable(config.threads), layer_randomness(device):
        for seed in range(amounts.repeats):
            generator, seconds = _timed_fit(images, config, seed, amounts)
            learnt.append(seconds)
            drawn.append(_timed_draw(generator, seed, amounts.drawn, device))
    batch = config.batch_size if isinstance(config, TrainedConfig) else len(images)
    return Speed(batch / median(learnt), amounts.drawn / median(drawn))


def together_images_per_s(
    shape: ImageShape, config: TrainedConfig, processes: int, amounts: Amounts
) -> float:
    """Images a second that so many processes, which share the threads, learn from together once
    they have begun.

    Raises what `train_together` raises.
    """
    pack = noise_images(shape, amounts.images).pack
    steps = amounts.shared_steps
    threads = max(1, config.threads // processes)
    config = replace(config, steps=steps, checks=1, checkpoint_every=steps, threads=threads)
    moments: list[tuple[int, float]] = []

    def note(event: EngineEvent) -> None:
        if event.kind == "curve":
            moments.append((event.step, time.perf_counter()))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        pictures = (
            (key, _picture(image)) for key, image in zip(pack.keys, pack.images, strict=True)
        )
        order = Order(
            pack=write_pack(path / "pack", shape, pictures, len(pack)).path,
            rows=np.arange(len(pack)), targets=np.arange(len(pack)) % CLASS_COUNT,
            class_count=CLASS_COUNT, config=config, seed=0, folder=path / "run", warm_start=None,
            class_names=(), judge=None,
        )  # fmt: skip
        train_together(order, processes, on_event=note, should_stop=lambda: False)
    (first, began), (last, ended) = moments[0], moments[-1]
    return config.batch_size * (last - first) / (ended - began)


def _picture(image: NDArray[np.uint8]) -> Callable[[], Image.Image]:
    """An image (C, H, W), opened when it is asked for."""
    return lambda: Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))


def noise_images(shape: ImageShape, count: int) -> AnnotatedImages:
    """Of `CLASS_COUNT` classes in turn."""
    draws = numpy_generator(0, "speed")
    size = (count, shape.channels, shape.size, shape.size)
    pack = array_pack(draws.integers(0, 256, size, dtype=np.uint8))
    return AnnotatedImages(pack, np.arange(count), np.arange(count) % CLASS_COUNT)


def _timed_fit(
    images: AnnotatedImages, config: GeneratorConfig, seed: int, amounts: Amounts
) -> tuple[Generator, float]:
    """A generator, and the seconds of a step of its training, or of all of it without steps."""
    device = pick_device()
    clock = StepClock(device)
    if isinstance(config, TrainedConfig):
        steps = WARM_UP + amounts.steps + 1
        config = replace(config, steps=steps, checks=1, checkpoint_every=steps)
    generator = generator_family(config.family)(images.pack.shape, CLASS_COUNT, config, seed)
    began = now(device)
    fit_and_forget(generator, images, seed, clock)
    taken = now(device) - began
    return generator, clock.per_step() if isinstance(config, TrainedConfig) else taken


def fit_and_forget(
    generator: Generator, images: AnnotatedImages, seed: int, should_stop: ShouldStop
) -> Health:
    """Train, and leave nothing but what the generator has learnt."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        fit = GeneratorFit(
            seed, path, ResumeFile(path, "speed"), (), lambda event: None, should_stop, None
        )
        return generator.fit(images, fit)


def _timed_draw(generator: Generator, seed: int, count: int, device: torch.device) -> float:
    z = normal((count, generator.latent_size), seed, "speed").numpy()
    classes = np.arange(count) % CLASS_COUNT
    generator.sample(z[:1], classes[:1])
    began = now(device)
    generator.sample(z, classes)
    return now(device) - began
