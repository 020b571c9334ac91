"""A project with real pictures in storage, some of them synthetic."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import pytest
from PIL import Image as Picture

from apps.datasets.models import DatasetVersion
from apps.generation.models import GenerationRun
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Project
from tests.datasets.versions import frozen
from tests.factories import GenerationRunFactory, ProjectFactory, SyntheticImageFactory

CLASSES = ["Gummistiefel/groß", "..", "shirt"]
"""Names that would be trouble as folders."""


def picture(seed: int, kind: str) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 24, 3), np.uint8)
    Picture.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.fixture
def gallery(db: None) -> Project:
    """Twelve real images over train and test, PNG and JPEG, and six synthetic ones in train."""
    return gallery_make(range(12))


def gallery_make(order: Iterable[int], batch: GenerationRun | None = None) -> Project:
    """The gallery, its real images taken in in that order."""
    project = ProjectFactory(classes=CLASSES, slug="gallery", name="Gallery | one")
    names = list(project.annotation_classes.values_list("name", flat=True))
    images_ingest(
        project=project,
        sources=[
            Source(
                f"{seed}",
                picture(seed, "JPEG" if seed % 4 == 0 else "PNG"),
                annotation_class=names[seed % 3],
                split="test" if seed % 3 == 1 else "train",
            )
            for seed in order
        ],
    )
    batch = batch or GenerationRunFactory(project=project)
    for seed in range(6):
        made = images_ingest(
            project=project,
            sources=[Source(f"s{seed}", picture(100 + seed, "PNG"), names[seed % 3], "train")],
            origin=Image.Origin.SYNTHETIC,
        ).accepted[0]
        SyntheticImageFactory(
            project=project, image=made, generation_run=batch, sample_index=seed,
            annotation_class=made.annotation_class,
        )  # fmt: skip
    return project


@pytest.fixture
def version(gallery: Project) -> DatasetVersion:
    """All of it, frozen."""
    return frozen(gallery, note="for the tests")[0]
