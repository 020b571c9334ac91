"""Pictures with known looks, taken in as people would send them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageFilter

from apps.images.services import IngestReport, images_ingest
from apps.images.sources import Source
from apps.projects.models import Project
from tests.images.pictures import encoded


def scene(seed: int, side: int = 96) -> PillowImage.Image:
    """A picture with large and small shapes, another one for each seed."""
    random = np.random.default_rng(seed)
    rough = PillowImage.fromarray(random.integers(20, 236, (7, 7), np.uint8))
    large = np.asarray(rough.resize((side, side), PillowImage.Resampling.BICUBIC), np.float32)
    fine = random.normal(0, 12, (side, side))
    return PillowImage.fromarray((large + fine).clip(0, 255).astype(np.uint8))


def blurred(seed: int) -> PillowImage.Image:
    return scene(seed).filter(ImageFilter.GaussianBlur(4))


def recompressed(picture: PillowImage.Image, quality: int = 60) -> PillowImage.Image:
    again = PillowImage.open(io.BytesIO(encoded(picture, "JPEG", quality=quality)))
    again.load()
    return again


def take_in(
    project: Project, *pictures: PillowImage.Image, annotation_class: str | None = None, **more: str
) -> IngestReport:
    """Ingest pictures, named by their places."""
    sources = [
        Source(f"{place}.png", encoded(picture), annotation_class=annotation_class)
        for place, picture in enumerate(pictures)
    ]
    return images_ingest(project=project, sources=sources, **more)
