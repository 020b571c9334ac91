"""Training, loading and sampling generators of any family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_engine.batches import AnnotatedImages, check_targets
from ml_engine.checkpoints import (
    CheckpointError,
    load_checkpoint,
    read_metadata,
    save_checkpoint,
)
from ml_engine.config import (
    EngineEvent,
    GeneratorConfig,
    ImageShape,
    OnEvent,
    ShouldStop,
    generator_config_from_json,
)
from ml_engine.devices import pick_device, repeatable
from ml_engine.distributed import is_first, process_count
from ml_engine.generators.attempts import train_within_memory
from ml_engine.generators.health import Health, Reference
from ml_engine.generators.protocol import Generator, GeneratorFit
from ml_engine.generators.registry import generator_family
from ml_engine.packs import Pack
from ml_engine.randomness import layer_randomness, normal
from ml_engine.resuming import ResumeFile, fingerprint


@dataclass(frozen=True)
class GeneratorResult:
    """What a training left."""

    folder: Path
    """The checkpoint."""
    sha256: str
    health: Health
    """Of the moment that was kept."""


def train_generator(
    pack: Pack,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    class_count: int,
    shape: ImageShape,
    config: GeneratorConfig,
    seed: int,
    folder: Path,
    *,
    warm_start: Path | None = None,
    class_names: Sequence[str] = (),
    reference: Reference | None = None,
    perceptual: nn.Module | None = None,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> GeneratorResult:
    """Train the family `config.family` on `rows` of `pack`, and leave `folder/checkpoint`.

    Sample sheets (PNG, one row a class) go to `folder/samples`. `warm_start` is the checkpoint of
    the same family, shape and classes whose networks are trained on. Beside `reference` its health
    is measured now and then, and its best moment is what is left; the classes that are learnt
    count. A class without an image is warned of: its samples mean nothing. `perceptual` is what a
    warm-up compares by; see `GeneratorFit`. Called again on the same folder with the same
    arguments, an interrupted training goes on where it stopped and a finished one returns its
    result. Where memory falls short, the training begins anew with half the batch; its
    checkpoint's configuration tells.
    Raises `StopRequestedError`, `TrainingDivergedError`, `GeneratorCollapsedError`,
    `CheckpointError` for an unusable warm start, `ConfigError` for a shape that the family cannot
    make, `DiskFullError`, `MemoryShortError`, or `ValueError` for unusable data.
    """
    if pack.shape != shape:
        raise ValueError(f"The pack holds images of {pack.shape}, not of {shape}.")
    images = AnnotatedImages(pack, np.asarray(rows, np.int64), np.asarray(targets, np.int64))
    for empty in check_targets(images.targets, class_count):
        name = class_names[empty] if class_names else str(empty)
        message = f"The class {name} has no image to learn from; its samples mean nothing."
        on_event(EngineEvent("warning", 0, 0, {}, message))
    training = _Training(
        images=images,
        class_count=class_count,
        seed=seed,
        folder=folder,
        warm_start=warm_start,
        start=None if warm_start is None else load_checkpoint(warm_start, kind="generator"),
        class_names=tuple(class_names),
        reference=reference and reference.of_classes(images.targets),
        perceptual=perceptual,
        on_event=on_event,
        should_stop=should_stop,
    )
    if process_count() > 1:  # who started them halves the batch, for all alike
        return training.run(config)
    return train_within_memory(config, training.run, training.is_begun, on_event)


@dataclass(frozen=True)
class _Training:
    """All of a training but its configuration."""

    images: AnnotatedImages
    class_count: int
    seed: int
    folder: Path
    warm_start: Path | None
    start: tuple[dict[str, Tensor], dict[str, Any]] | None
    """What the warm start's checkpoint holds."""
    class_names: tuple[str, ...]
    reference: Reference | None
    perceptual: nn.Module | None
    on_event: OnEvent
    should_stop: ShouldStop

    def run(self, config: GeneratorConfig) -> GeneratorResult:
        """Train to the end; at once where the same training has ended before."""
        resume = self._resume(config)
        finished = _finished(self.folder, resume.fingerprint)
        if finished is not None:
            return finished
        shape = self.images.pack.shape
        with repeatable(config.threads), layer_randomness(pick_device()):
            family = generator_family(config.family)
            generator = family(shape, self.class_count, config, self.seed)
            if self.start is not None:
                _warm_start(generator, *self.start, self.warm_start)
            fit = GeneratorFit(
                self.seed, self.folder, resume, self.class_names, self.on_event, self.should_stop,
                self.reference, self.perceptual, trained_before=self.start is not None,
            )  # fmt: skip
            health = generator.fit(self.images, fit)
        if not is_first():
            return GeneratorResult(self.folder / "checkpoint", "", health)
        counts = np.bincount(self.images.targets, minlength=self.class_count).tolist()
        metadata = self._facts(config) | {
            "fingerprint": resume.fingerprint, "class_images": counts, "health": health.to_json(),
        }  # fmt: skip
        sha256 = save_checkpoint(self.folder / "checkpoint", generator.state(), metadata)
        resume.remove()
        return GeneratorResult(self.folder / "checkpoint", sha256, health)

    def is_begun(self, config: GeneratorConfig) -> bool:
        """Whether a training with this very configuration was stopped here, or has ended."""
        resume = self._resume(config)
        return resume.done() > 0 or _finished(self.folder, resume.fingerprint) is not None

    def _resume(self, config: GeneratorConfig) -> ResumeFile:
        pack = self.images.pack
        keys = np.array([pack.keys[row] for row in self.images.rows])
        arrays = {"keys": keys, "targets": self.images.targets}
        return ResumeFile(self.folder, fingerprint(self._facts(config), arrays))

    def _facts(self, config: GeneratorConfig) -> dict[str, Any]:
        return {
            "kind": "generator", "family": config.family, "config": config.to_json(),
            "shape": self.images.pack.shape.to_json(), "class_count": self.class_count,
            "class_names": list(self.class_names), "seed": self.seed,
            "warm_start": None if self.start is None else self.start[1]["sha256"],
        }  # fmt: skip


def unlearnt_classes(folder: Path) -> set[int]:
    """Positions of the classes of which the generator in `folder` has learnt from no image.

    None of a checkpoint that does not tell. Raises `CheckpointError`.
    """
    counts = read_metadata(folder, "generator").get("class_images", [])
    return {position for position, count in enumerate(counts) if not count}


def _finished(folder: Path, print_of: str) -> GeneratorResult | None:
    """The result of the same training, where it is already complete."""
    try:
        _, metadata = load_checkpoint(folder / "checkpoint", kind="generator")
    except CheckpointError:
        return None
    if metadata.get("fingerprint") != print_of:
        return None
    return GeneratorResult(folder / "checkpoint", metadata["sha256"], Health(**metadata["health"]))


def _warm_start(
    generator: Generator, state: dict[str, Tensor], metadata: dict[str, Any], folder: Path | None
) -> None:
    for name, ours in (
        ("family", generator.config_type.family),
        ("shape", generator.shape.to_json()),
        ("class_count", generator.class_count),
    ):
        if metadata.get(name) != ours:
            raise CheckpointError(
                f"The checkpoint {folder} cannot be continued: its {name} is "
                f"{metadata.get(name)!r}, not {ours!r}."
            )
    _fill(generator, state, folder)


def _fill(generator: Generator, state: dict[str, Tensor], folder: Path | None) -> None:
    try:
        generator.load_state(state)
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(
            f"The checkpoint {folder} does not fit its networks: {error}"
        ) from error


def load_generator(folder: Path, device: torch.device | None = None) -> Generator:
    """The generator of the checkpoint `folder`; raises `CheckpointError` where it is unusable."""
    state, metadata = load_checkpoint(folder, kind="generator")
    try:
        shape = ImageShape.from_json(metadata["shape"])
        config = generator_config_from_json(metadata["config"])
        family = generator_family(config.family)
        class_count = int(metadata["class_count"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"The metadata of the checkpoint {folder} is incomplete: {error}"
        ) from error
    with layer_randomness(device or pick_device()):
        generator = family(shape, class_count, config, seed=0, device=device)
    _fill(generator, state, folder)
    return generator


def sample(
    generator: Generator,
    seed: int,
    classes: NDArray[np.int64],
    indices: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Images uint8 (N, C, H, W) of `classes` (N,), and their latents float32 (N, Z).

    Image `i` depends on (seed, i, class) only. `indices` (N,) names other `i` than 0 to N - 1, so
    single images of an earlier call can be made again.
    """
    classes = np.asarray(classes, np.int64)
    if len(classes) and not 0 <= classes.min() <= classes.max() < generator.class_count:
        raise ValueError(f"Classes must be between 0 and {generator.class_count - 1}.")
    numbers = np.arange(len(classes)) if indices is None else indices
    latents = latents_of(generator, seed, numbers)
    return generator.sample(latents, classes), latents


def latents_of(generator: Generator, seed: int, indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """Latents (N, Z) of the samples `indices` (N,) of `seed`."""
    latents = np.zeros((len(indices), generator.latent_size), np.float32)
    for row, number in enumerate(indices):
        latents[row] = normal((generator.latent_size,), seed, "sample", int(number)).numpy()
    return latents
