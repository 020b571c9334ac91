"""What a generator's latents are good for: real images found in them, attributes moved along them.

Two classifiers learn from annotated images of their own. One is optimised by and follows classes;
the other, which knows nothing of that, judges the images that were found, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.classifiers.inference import TrainedClassifier
from ml_engine.config import ClassifierConfig, GeneratorConfig, InversionConfig
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import load_generator, train_generator
from ml_engine.latents.attributes import ATTRIBUTES
from ml_engine.latents.directions import Direction, along_scores, losing_class, without
from ml_engine.latents.effects import Effect, effect
from ml_engine.latents.exploring import explore, gaps
from ml_engine.latents.inversion import Inversions, invert
from ml_engine.latents.spaces import Space, pixels, walked_space
from ml_engine.measures.intervals import Estimate, share
from ml_engine.neighbours import nearest
from ml_engine.packs import array_pack
from ml_engine.randomness import normal, numpy_generator
from ml_engine.studies.learning import ignore, learnt, never
from ml_engine.studies.pictures import Pictures

_Seen = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
FOLLOWED = ("brightness", "width")
"""Attributes that directions are found for."""


@dataclass(frozen=True)
class Amounts:
    """How much of everything."""

    learnt: int = 6000
    """Images that the generator and the first classifier learn from; as many for the second."""
    inverted: int = 100
    """Held-out images that are looked for."""
    drawn: int = 6000
    """Images that directions are learnt from."""
    gaps: int = 32
    """Uncovered real images that are gone towards."""


@dataclass(frozen=True)
class Found:
    """How near inversions come to N held-out images."""

    nearer: Mapping[str, Estimate]
    """Share of the images to which the inversion is nearer than their nearest training image, by
    what measures the distance: `optimised`, `other` and `pixels`."""
    distances: Mapping[str, float]
    """Median distance of inversions, by the same."""
    nearest: Mapping[str, float]
    """Median distance of nearest training images."""
    seconds: float
    """An image."""


class Study:
    """One generator; `folder` keeps what is trained, and goes on where it was broken off."""

    def __init__(
        self,
        train: Pictures,
        test: Pictures,
        *,
        class_count: int,
        generator: GeneratorConfig | Path,
        classifier: ClassifierConfig,
        inversion: InversionConfig,
        amounts: Amounts,
        seed: int,
        folder: Path,
    ) -> None:
        if 2 * amounts.learnt > len(train.classes) or amounts.inverted > len(test.classes):
            raise ValueError("There are too few images for the study.")
        order = numpy_generator(seed, "latents").permutation(len(train.classes))
        self._parts = np.split(order[: 2 * amounts.learnt], 2)
        self._train, self._class_count, self._amounts = train, class_count, amounts
        held = numpy_generator(seed, "held out").permutation(len(test.classes))
        self._held = test.images[held[: amounts.inverted]]
        self._held_classes = test.classes[held[: amounts.inverted]]
        self._source, self._classifier, self._inversion = generator, classifier, inversion
        self._seed, self._folder = seed, folder

    # --- What is learnt
    @cached_property
    def judges(self) -> dict[str, TrainedClassifier]:
        """The classifier that is optimised, and the other."""
        pack = array_pack(self._train.images)
        return {
            name: learnt(
                pack, rows, self._train.classes[rows], self._class_count, self._classifier,
                self._seed, self._folder / name,
            )
            for name, rows in zip(("optimised", "other"), self._parts, strict=True)
        }  # fmt: skip

    @cached_property
    def generator(self) -> Generator:
        """Trained on the images that the first classifier has learnt from."""
        if isinstance(self._source, Path):
            return load_generator(self._source)
        pack, rows = array_pack(self._train.images), self._parts[0]
        result = train_generator(
            pack, rows, self._train.classes[rows], self._class_count, pack.shape, self._source,
            self._seed, self._folder / "generator", on_event=ignore, should_stop=never,
        )  # fmt: skip
        return load_generator(result.folder)

    @cached_property
    def space(self) -> Space:
        """The one that is walked in."""
        return walked_space(self.generator)

    # --- Inversion
    def found(self) -> Found:
        """Look for the held-out images, and compare with their nearest training images."""
        begun = monotonic()
        inversions = self._inversions
        seconds = (monotonic() - begun) / len(self._held)
        away, beside = self._apart(inversions.images), self._beside()
        return Found(
            {name: share(away[name] < beside[name]) for name in away},
            {name: float(np.median(values)) for name, values in away.items()},
            {name: float(np.median(values)) for name, values in beside.items()},
            seconds,
        )

    @cached_property
    def _inversions(self) -> Inversions:
        return invert(
            self.generator, self.space, self._held, self._held_classes,
            perceptual=self.judges["optimised"].backbone, config=self._inversion, seed=self._seed,
            on_event=ignore, should_stop=never,
        )  # fmt: skip

    def _apart(self, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
        """How far (N,) images are from the held-out ones, by each measure."""
        return {
            name: np.linalg.norm(see(images).astype(np.float64) - see(self._held), axis=1)
            for name, see in self._measures().items()
        }

    def _beside(self) -> dict[str, NDArray[np.float64]]:
        """How far (N,) the nearest training image is, by each measure."""
        learnt_from = self._train.images[self._parts[0]]
        return {
            name: nearest(see(self._held), see(learnt_from))
            for name, see in self._measures().items()
        }

    def _measures(self) -> dict[str, _Seen]:
        seen: dict[str, _Seen] = {name: judge.features for name, judge in self.judges.items()}
        return seen | {"pixels": _flat}

    # --- Directions
    def effects(self) -> dict[str, Effect]:
        """What moving the held-out images does, by attribute: `brightness`, and
        `brightness_with_class` where the class is to be kept."""
        points, classes, scores, margins = self._drawn()
        losing = losing_class(self.space, points, margins, classes, seed=self._seed)
        found = {}
        for name in FOLLOWED:
            plain = along_scores(self.space, points, scores[name], classes, seed=self._seed)
            for title, one in ((name, plain), (f"{name}_with_class", without(plain, losing))):
                found[title] = self._effect(name, one)
        return found

    def _drawn(
        self,
    ) -> tuple[Tensor, NDArray[np.int64], dict[str, NDArray[np.float64]], NDArray[np.float64]]:
        """Points, their classes, attributes' scores of their images, and margins of their class."""
        count = self._amounts.drawn
        classes = np.arange(count) % self._class_count
        latents = normal((count, self.generator.latent_size), self._seed, "examples")
        points = self.space.points(latents, torch.from_numpy(classes)).cpu()
        images = pixels(self.space, points, torch.from_numpy(classes))
        scores = {name: ATTRIBUTES[name](images) for name in FOLLOWED}
        probabilities = self.judges["optimised"].probabilities(images).astype(np.float64)
        logs = np.log(probabilities.clip(1e-12))
        own = logs[np.arange(count), classes]
        logs[np.arange(count), classes] = -np.inf
        return points, classes, scores, own - logs.max(axis=1)

    def _effect(self, name: str, direction: Direction) -> Effect:
        others = {other: score for other, score in ATTRIBUTES.items() if other != name}
        return effect(
            self.space, direction, self._inversions.points, self._held_classes,
            self.judges["optimised"], ATTRIBUTES[name], others=others,
        )  # fmt: skip

    # --- Exploring
    def explored(self) -> tuple[float, Estimate]:
        """Coverage of training images by as many synthetic ones, at most 2,000, and the share of
        gaps that are filled by going towards them."""
        rows = self._parts[0][:2000]
        images, classes = self._train.images[rows], self._train.classes[rows]
        latents = normal((len(rows), self.generator.latent_size), self._seed, "company")
        drawn = self.generator.sample(latents.numpy(), classes)
        judge = self.judges["optimised"]
        everywhere = gaps(judge.features(images), classes, judge.features(drawn), classes)
        targets = everywhere.drawn(self._amounts.gaps, self._seed)
        went = explore(
            self.generator, self.space, judge, targets, images[targets.indices],
            classes[targets.indices], perceptual=judge.backbone, config=self._inversion,
            seed=self._seed, on_event=ignore, should_stop=never,
        )  # fmt: skip
        return everywhere.coverage, share(went.filled)


def _flat(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels (N, D), scaled so that a distance is a root of a mean square in [0, 1]."""
    flat = images.reshape(len(images), -1).astype(np.float32) / 255
    return np.asarray(flat / np.sqrt(flat.shape[1]), np.float32)
