"""Holding synthetic images to their lineage: each made again, and compared with what was kept.

For commands only: it computes in the process that imports it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image as PillowImage

from apps.generation.models import GenerationRun, SyntheticImage
from apps.generation.studio.selectors import MADE_IN_STUDIO
from apps.images.contents import ContentLostError, image_bytes
from apps.images.models import Image
from ml_engine.checkpoints import CheckpointError
from ml_engine.config import AimConfig
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import latents_of, load_generator
from ml_engine.regeneration import largest_difference, regenerate


@dataclass(frozen=True, slots=True)
class Remade:
    """A synthetic image beside what its lineage makes."""

    lineage: SyntheticImage
    difference: int | None = None
    """Of the pixels that differ most, in grey levels; None where it could not be made."""
    reason: str = ""
    """Why it could not be made, or that its lineage contradicts itself."""

    @property
    def is_made(self) -> bool:
        """Whether it could be made again."""
        return self.difference is not None

    def is_within(self, tolerance: int) -> bool:
        """Whether it was made again, by a lineage that holds, to within so many grey levels."""
        return self.difference is not None and self.difference <= tolerance and not self.reason


def remake(lineages: Iterable[SyntheticImage]) -> Iterator[Remade]:
    """Make each image again; its generator is loaded once a checkpoint where they stand together.

    Weights that were altered are noticed, by their hash, and are not used.
    """
    for checkpoint, own in groupby(lineages, lambda lineage: lineage.generation_run.checkpoint):
        try:
            generator = load_generator(Path(settings.ENGINE_ROOT) / checkpoint.folder)
        except CheckpointError as error:
            yield from (Remade(lineage, reason=str(error)) for lineage in own)
            continue
        yield from (_remade(generator, lineage) for lineage in own)


def _remade(generator: Generator, lineage: SyntheticImage) -> Remade:
    latent = np.frombuffer(lineage.latent, "<f4")
    try:
        kept = _pixels(lineage.image, generator.shape.channels)
        made = regenerate(
            generator,
            latent[None].astype(np.float32),
            np.array([lineage.annotation_class.position], np.int64),
            threads_of(lineage.generation_run),
            lineage.space,
        )
        difference = largest_difference(made[0], kept)
    except (ContentLostError, ValueError) as error:
        return Remade(lineage, reason=str(error))
    return Remade(lineage, difference, _contradiction(generator, lineage, latent))


def _contradiction(
    generator: Generator, lineage: SyntheticImage, latent: NDArray[np.float32]
) -> str:
    """That the run's seed names another latent than the one kept; empty where it does not.

    Nothing of variants of a real image, nor of what was kept in the studio: no seed names theirs.
    """
    run = lineage.generation_run
    if lineage.path or run.parameters.get("made_by") == MADE_IN_STUDIO:
        return ""
    named = latents_of(generator, run.seed, np.array([lineage.sample_index]))[0]
    if np.array_equal(named, latent):
        return ""
    return f"Sample {lineage.sample_index} of the seed {run.seed} has another latent."


def threads_of(run: GenerationRun) -> int:
    """How many CPU threads made a batch: the order of sums, and so the last bits, hang on it."""
    return int(run.parameters.get("threads", AimConfig().threads))


def _pixels(image: Image, channels: int) -> NDArray[np.uint8]:
    """A stored image as uint8 (C, H, W)."""
    with PillowImage.open(io.BytesIO(image_bytes(image))) as picture:
        pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"), np.uint8)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)
