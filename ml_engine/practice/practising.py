"""A classifier that practises: what it finds hard is made while it trains.

Every part of the training after the first begins with candidates of a generator. The network as it
is looks at them, and those that it is least sure of join its batches until the next part; a
candidate that it takes for quite another class is left out. So aims Deliberate Practice
(Askari-Hemmat et al. 2025), whose images are guided rather than chosen. The ratio of synthetic to
real images is steered by `ml_engine.practice.steering`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.batches import BatchStream, to_network
from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.classifiers.training import ClassifierTrainer
from ml_engine.config import PracticeConfig
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import sample
from ml_engine.practice.steering import Advantage, Batch, advantage
from ml_engine.randomness import numpy_generator, torch_seed
from ml_engine.uncertainty import score

PAIRS = 8
"""Of batches by which a ratio is judged."""
HELD_OUT = 512
"""At most so many held-out images judge it."""
TOLD = ("ratio", "advantage", "error", "kept", "unlike")
"""What is kept of each part: its ratio, the advantage and its standard error that led to it, its
synthetic images, and candidates that looked like another class."""


@dataclass(frozen=True)
class Kept:
    """The synthetic images of a part."""

    images: NDArray[np.uint8]
    """(n, C, H, W)"""
    classes: NDArray[np.int64]
    unlike: int
    """Candidates left out because they looked like another class."""


class Practice:
    """A `Supplement` of a classifier's training: images of `generator`, chosen while it trains.

    `classes` are the positions of those it may make; `generator_sha256` names its checkpoint.
    Raises `ValueError` where there is no class or the generator has none of that position.
    """

    def __init__(
        self,
        generator: Generator,
        generator_sha256: str,
        classes: Sequence[int],
        config: PracticeConfig,
    ) -> None:
        if not classes or max(classes) >= generator.class_count:
            raise ValueError(f"The generator makes no images of the classes {list(classes)}.")
        self._generator, self._config = generator, config
        self._classes = np.array(sorted(classes), np.int64)
        self.facts: Mapping[str, Any] = {
            "generator": generator_sha256, "classes": sorted(classes), **config.to_json(),
        }  # fmt: skip
        shape = generator.shape
        self._images = np.zeros((0, shape.channels, shape.size, shape.size), np.uint8)
        self._targets = np.zeros(0, np.int64)
        self._told = np.zeros((config.parts, len(TOLD)))
        self._ratio = config.ratio

    def begin(self, number: int, trainer: ClassifierTrainer) -> None:
        """Where step `number` begins a part: choose its images, and its ratio by them."""
        part, offset = self._place(number, trainer)
        if part == 0 or offset:
            return
        kept = self._chosen(part, trainer)
        self._images, self._targets = kept.images, kept.classes
        found = self._advantage(part, trainer)
        if found is not None:
            self._ratio = found.steered(self._ratio, self._config.most_ratio)
        self._told[part] = (
            self._ratio,
            found.value if found else np.nan,
            found.error if found else np.nan,
            len(kept.classes),
            kept.unlike,
        )

    def joined(
        self, number: int, trainer: ClassifierTrainer, images: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The batch of step `number`, its last images replaced by the synthetic ones' share."""
        part, offset = self._place(number, trainer)
        count = round(len(images) * self._ratio / (1 + self._ratio))
        if part == 0 or not len(self._targets) or not count:
            return images, targets
        seed = torch_seed(trainer.seed, "practice order", part)
        rows = BatchStream(len(self._targets), count, seed).indices(offset)
        real = len(images) - count
        return (
            torch.cat([images[:real], torch.from_numpy(self._images[rows])]),
            torch.cat([targets[:real], torch.from_numpy(self._targets[rows])]),
        )

    def curve(self, number: int, trainer: ClassifierTrainer) -> dict[str, float]:
        """What the step's part adds to the training's curves."""
        return {"ratio": self._ratio if len(self._targets) else 0.0}

    def outcome(self) -> dict[str, Any]:
        """What the checkpoint keeps: its settings and each part's figures, null where unknown."""
        parts = [
            {name: None if np.isnan(value) else float(value) for name, value in zip(TOLD, row)}  # noqa: B905
            for row in self._told[1:]
        ]
        return {**self.facts, "by_part": parts}

    def tensors(self) -> dict[str, Tensor]:
        """All that the next step depends on."""
        return {
            "practice.images": torch.from_numpy(self._images),
            "practice.targets": torch.from_numpy(self._targets),
            "practice.told": torch.from_numpy(self._told),
            "practice.ratio": torch.tensor(self._ratio, dtype=torch.float64),
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what `tensors()` gave."""
        self._images = tensors["practice.images"].numpy()
        self._targets = tensors["practice.targets"].numpy()
        self._told = tensors["practice.told"].numpy()
        self._ratio = float(tensors["practice.ratio"])

    def _place(self, number: int, trainer: ClassifierTrainer) -> tuple[int, int]:
        """The part that step `number` belongs to, and how many of its steps came before."""
        steps, parts = trainer.config.steps, self._config.parts
        part = number * parts // steps
        return part, number - -(-part * steps // parts)

    def _chosen(self, part: int, trainer: ClassifierTrainer) -> Kept:
        """The candidates that the network is least sure of, of each class its share."""
        seed = torch_seed(trainer.seed, "practice", part)
        classes = self._asked_for(seed, trainer)
        if not len(classes):
            return Kept(self._images[:0], classes, 0)
        images, _ = sample(self._generator, seed, classes)
        looking = TrainedClassifier(
            trainer.network, self._generator.shape, trainer.config,
            self._generator.class_count, device=trainer.device,
        )  # fmt: skip
        probabilities = looking.probabilities(images)
        trainer.network.train()
        own = probabilities[np.arange(len(classes)), classes]
        unlike = own < self._config.least_own
        unsure = np.where(unlike, -1.0, score("entropy", probabilities, seed))
        order = np.argsort(-unsure, kind="stable")
        rows = [
            row
            for c in np.unique(classes)
            for row in order[classes[order] == c][: self._share(classes, c)]
            if not unlike[row]
        ]
        return Kept(images[rows], classes[rows], int(unlike.sum()))

    def _asked_for(self, seed: int, trainer: ClassifierTrainer) -> NDArray[np.int64]:
        """Classes of the candidates, as frequent as among the real images."""
        real = trainer.images.targets
        real = real[np.isin(real, self._classes)]
        if not len(real):
            return np.zeros(0, np.int64)
        count = self._config.images * self._config.candidates_per_kept
        draws = numpy_generator(seed, "practice classes").random(count)
        # Spread evenly over the real images' classes, so that each has its share and no less.
        return np.sort(real)[((np.arange(count) + draws) / count * len(real)).astype(np.int64)]

    def _share(self, classes: NDArray[np.int64], of: int) -> int:
        return max(1, round(int((classes == of).sum()) / self._config.candidates_per_kept))

    def _advantage(self, part: int, trainer: ClassifierTrainer) -> Advantage | None:
        """Of the part's images over the real ones; None without any, or without held-out ones."""
        held_out = trainer.calibration
        if held_out is None or not len(held_out) or not len(self._targets):
            return None
        order = numpy_generator(trainer.seed, "practice held out").permutation(len(held_out))
        images, targets = held_out.take(order[:HELD_OUT])
        seen = to_network(images, trainer.device), targets.to(trainer.device)
        return advantage(trainer.network, seen, self._pairs(part, trainer), trainer.loss)

    def _pairs(self, part: int, trainer: ClassifierTrainer) -> Iterator[tuple[Batch, Batch]]:
        size = min(trainer.config.batch_size, len(self._targets), len(trainer.images))
        for number in range(PAIRS):
            draws = numpy_generator(trainer.seed, "practice pairs", part, number)
            real = trainer.images.take(draws.permutation(len(trainer.images))[:size])
            rows = draws.permutation(len(self._targets))[:size]
            synthetic = (
                torch.from_numpy(self._images[rows]),
                torch.from_numpy(self._targets[rows]),
            )
            yield trainer.as_learnt(*real, draws), trainer.as_learnt(*synthetic, draws)
