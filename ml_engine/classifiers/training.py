"""Training a classifier: AdamW, one cosine cycle, mirror and shift augmentation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ml_engine.batches import (
    AnnotatedImages,
    BatchStream,
    check_targets,
    mirror,
    shift,
    to_network,
)
from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from ml_engine.classifiers.calibration import fit_temperature
from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.classifiers.networks import ClassifierNetwork, build_classifier
from ml_engine.config import ClassifierConfig, EngineEvent, ImageShape, OnEvent, ShouldStop
from ml_engine.descent import descend
from ml_engine.devices import pick_device, place, repeatable
from ml_engine.packs import Pack
from ml_engine.randomness import layer_randomness, numpy_generator, seed_layers
from ml_engine.resuming import (
    ResumeFile,
    fingerprint,
    module_tensors,
    optimizer_tensors,
    restore_module,
    restore_optimizer,
    run_steps,
)

WARM_UP = 0.1
"""Share of the steps over which the learning rate rises to its peak."""
CALIBRATION_CHECKS = 8
"""How many times a training looks at the calibration images."""
MEASURED_IMAGES = 2000
"""At most this many training images are classified for the final training accuracy."""

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows of the pack, and their classes."""


@dataclass(frozen=True)
class ClassifierResult:
    """What a training left."""

    folder: Path
    """The checkpoint."""
    sha256: str
    temperature: float
    train_accuracy: float
    """Share of (at most 2,000) training images, not augmented, that are classified rightly."""
    steps: int
    supplement: Mapping[str, Any]
    """What its supplement came to; empty without one."""


class Supplement(Protocol):
    """Further images for a training, chosen by the network as it is (see `ml_engine.practice`)."""

    facts: Mapping[str, Any]
    """Whatever decides its images, as JSON takes it: only the same training is resumed."""

    def begin(self, number: int, trainer: ClassifierTrainer) -> None:
        """Prepare for step `number`; draws nothing from torch's global streams."""

    def joined(
        self, number: int, trainer: ClassifierTrainer, images: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The batch of step `number` from uint8 images (B, C, H, W) and classes (B,): as many."""

    def curve(self, number: int, trainer: ClassifierTrainer) -> dict[str, float]:
        """What step `number` adds to the training's curves."""

    def outcome(self) -> dict[str, Any]:
        """What the checkpoint keeps of it."""

    def tensors(self) -> dict[str, Tensor]:
        """All that its next step depends on."""

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what `tensors()` gave."""


class ClassifierTrainer:
    """A `Trainer` of a classifier network."""

    def __init__(
        self,
        images: AnnotatedImages,
        network: ClassifierNetwork,
        config: ClassifierConfig,
        seed: int,
        device: torch.device,
        weights: NDArray[np.float64] | None,
        calibration: AnnotatedImages | None,
        supplement: Supplement | None = None,
    ) -> None:
        self.network = place(network, device).train()
        self.images, self.config, self.seed, self.device = images, config, seed, device
        self.calibration = calibration
        self._supplement = supplement
        self._stream = BatchStream(len(images), config.batch_size, seed, weights)
        self._optimizer = torch.optim.AdamW(
            network.parameters(),
            config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )

    def step(self, number: int) -> Mapping[str, Tensor]:
        """One batch: forward, backward, update."""
        if self._supplement:
            self._supplement.begin(number, self)
        seed_layers(self.device, self.seed, "layers", number)
        for group in self._optimizer.param_groups:
            group["lr"] = self.config.learning_rate * one_cycle(number, self.config.steps)
        inputs, targets = self._batch(number)
        logits = self.network(inputs)
        loss = self.loss(logits, targets)
        descend(self._optimizer, loss)
        accuracy = (logits.detach().argmax(1) == targets).float().mean()
        values = {"loss": loss.detach(), "train_accuracy": accuracy}
        if self._supplement:
            curve = self._supplement.curve(number, self)
            values |= {name: torch.tensor(value) for name, value in curve.items()}
        return values

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """What the training descends."""
        return F.cross_entropy(logits, targets, label_smoothing=self.config.label_smoothing)

    def _batch(self, number: int) -> tuple[Tensor, Tensor]:
        images, targets = self.images.take(self._stream.indices(number))
        if self._supplement:
            images, targets = self._supplement.joined(number, self, images, targets)
        return self.as_learnt(images, targets, numpy_generator(self.seed, "augmentation", number))

    def as_learnt(
        self, images: Tensor, targets: Tensor, draws: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Images uint8 (B, C, H, W) and classes (B,) as the network is given them, varied."""
        if self.config.mirror:
            images = mirror(images, draws)
        if self.config.shift:
            images = shift(images, self.config.shift, draws)
        return to_network(images, self.device), targets.to(self.device)

    def tensors(self) -> dict[str, Tensor]:
        """Network, optimiser and supplement."""
        return (
            module_tensors("network", self.network)
            | optimizer_tensors("optimizer", self._optimizer)
            | (self._supplement.tensors() if self._supplement else {})
        )

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back network, optimiser and supplement."""
        restore_module("network", self.network, tensors)
        restore_optimizer("optimizer", self._optimizer, tensors)
        if self._supplement:
            self._supplement.restore(tensors)

    def observe(self, done: int) -> Mapping[str, float]:
        """Now and then, measure accuracy on the calibration images."""
        every = max(1, self.config.steps // CALIBRATION_CHECKS)
        if self.calibration is None or len(self.calibration) == 0 or done % every:
            return {}
        logits = network_logits(self.network, self.calibration, self.config, self.device)
        accuracy = float((logits.argmax(1) == self.calibration.targets).mean())
        self.network.train()
        return {"calibration_accuracy": accuracy}


def one_cycle(number: int, steps: int) -> float:
    """The learning rate of step `number` as a share of its peak: linear rise, cosine fall."""
    rise = max(1, round(WARM_UP * steps))
    if number < rise:
        return (number + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (number - rise + 1) / (steps - rise + 1)))


def network_logits(
    network: ClassifierNetwork,
    images: AnnotatedImages,
    config: ClassifierConfig,
    device: torch.device,
) -> NDArray[np.float64]:
    """Logits (N, K) of all `images`; leaves the network in evaluation mode."""
    classifier = TrainedClassifier(
        network, images.pack.shape, config, network.head.out_features, device=device
    )
    parts = [
        classifier.logits_and_features(images.pack.images[images.rows[i : i + 256]])[0]
        for i in range(0, len(images), 256)
    ]
    return torch.cat(parts).double().numpy()


def train_classifier(
    pack: Pack,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    class_count: int,
    shape: ImageShape,
    config: ClassifierConfig,
    seed: int,
    folder: Path,
    *,
    calibration: Split | None = None,
    weights: NDArray[np.float64] | None = None,
    class_names: Sequence[str] = (),
    supplement: Supplement | None = None,
    on_event: OnEvent,
    should_stop: ShouldStop,
) -> ClassifierResult:
    """Train on `rows` of `pack` with classes `targets`, and leave `folder/checkpoint`.

    `calibration` (rows, targets) sets the temperature; without it the temperature is 1.
    `weights` (N,) are sampling weights; `supplement` adds images to the batches. Called again on
    the same folder with the same arguments, an interrupted training goes on where it stopped and a
    finished one returns its result.
    Raises `StopRequestedError`, `TrainingDivergedError`, or `ValueError` for unusable data.
    """
    images = _annotated(pack, shape, rows, targets)
    held_out = None if calibration is None else _annotated(pack, shape, *calibration)
    for empty in check_targets(images.targets, class_count):
        name = class_names[empty] if class_names else str(empty)
        message = f"The class {name} has no image to learn from."
        on_event(EngineEvent("warning", 0, config.steps, {}, message))
    print_of = fingerprint(
        {"kind": "classifier", "config": config.to_json(), "shape": shape.to_json(), "seed": seed,
         "class_count": class_count, "class_names": list(class_names),
         **({"supplement": dict(supplement.facts)} if supplement else {})},
        {"rows": _keys(pack, images), "targets": images.targets, "weights": weights,
         "calibration": None if held_out is None else _keys(pack, held_out),
         "calibration_targets": None if held_out is None else held_out.targets},
    )  # fmt: skip
    finished = _finished(folder, print_of)
    if finished is not None:
        return finished
    device = pick_device()
    with repeatable(config.threads), layer_randomness(device):
        seed_layers(device, seed, "initialisation")
        network = build_classifier(shape, class_count, config)
        trainer = ClassifierTrainer(
            images, network, config, seed, device, weights, held_out, supplement
        )
        resume = ResumeFile(folder, print_of)
        run_steps(trainer, config.steps, config.checkpoint_every, resume, on_event, should_stop)
        measures = _measure(network, images, held_out, config, seed, device)
    metadata = {
        "kind": "classifier", "family": config.network, "config": config.to_json(),
        "shape": shape.to_json(), "class_count": class_count, "class_names": list(class_names),
        "seed": seed, "fingerprint": print_of, "steps": config.steps, **measures,
        **({"supplement": supplement.outcome()} if supplement else {}),
    }  # fmt: skip
    sha256 = save_checkpoint(folder / "checkpoint", network.state_dict(), metadata)
    resume.remove()
    return _result(folder / "checkpoint", sha256, metadata)


def _annotated(
    pack: Pack, shape: ImageShape, rows: NDArray[np.int64], targets: NDArray[np.int64]
) -> AnnotatedImages:
    if pack.shape != shape:
        raise ValueError(f"The pack holds images of {pack.shape}, not of {shape}.")
    return AnnotatedImages(pack, np.asarray(rows, np.int64), np.asarray(targets, np.int64))


def _keys(pack: Pack, images: AnnotatedImages) -> NDArray[Any]:
    return np.array([pack.keys[row] for row in images.rows])


def _measure(
    network: ClassifierNetwork,
    images: AnnotatedImages,
    held_out: AnnotatedImages | None,
    config: ClassifierConfig,
    seed: int,
    device: torch.device,
) -> dict[str, float]:
    order = numpy_generator(seed, "measured").permutation(len(images))[:MEASURED_IMAGES]
    measured = AnnotatedImages(images.pack, images.rows[order], images.targets[order])
    correct = network_logits(network, measured, config, device).argmax(1) == measured.targets
    temperature = 1.0
    if held_out is not None and len(held_out):
        logits = network_logits(network, held_out, config, device)
        temperature = fit_temperature(logits, held_out.targets)
    return {"train_accuracy": float(correct.mean()), "temperature": temperature}


def _finished(folder: Path, print_of: str) -> ClassifierResult | None:
    """The result of the same training, where it is already complete."""
    checkpoint = folder / "checkpoint"
    try:
        _, metadata = load_checkpoint(checkpoint, kind="classifier")
    except CheckpointError:
        return None
    if metadata.get("fingerprint") != print_of:
        return None
    return _result(checkpoint, metadata["sha256"], metadata)


def _result(checkpoint: Path, sha256: str, metadata: dict[str, Any]) -> ClassifierResult:
    return ClassifierResult(
        checkpoint,
        sha256,
        metadata["temperature"],
        metadata["train_accuracy"],
        metadata["steps"],
        metadata.get("supplement", {}),
    )
