"""What scoring doubts: images that hardly belong to the pool, annotations that are hardly right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.projects.models import AnnotationClass, Project
from apps.projects.selectors import annotation_class_list
from apps.training.doubts.selectors import settled_images
from apps.training.doubts.services import FoundDoubt
from apps.training.models import Doubt
from ml_engine.choosing.pool import Floats, Indices
from ml_engine.classifiers.inference import Predictions
from ml_engine.doubts.annotated import EMBEDDING, Annotated
from ml_engine.doubts.mislabelled import LEAST_MARGIN, NEIGHBOURS, Mislabelled
from ml_engine.doubts.neighbours import coarse_look
from ml_engine.doubts.outliers import Outlier
from ml_engine.packs import Pack
from ml_engine.randomness import numpy_generator
from ml_engine.worker.batches import ScoredImage
from ml_engine.worker.packing import project_pack

MARGIN = "margin"
MOST_ANNOTATED = 10_000
"""Of more annotated images so many, drawn, are compared with."""
ROWS = 4096


class Doubting:
    """A project's real images, as the classifier of `seen` sees them and as they look coarsely."""

    def __init__(
        self, project: Project, images: Sequence[ScoredImage], seen: Predictions, *, seed: int
    ) -> None:
        self._project = project
        self._images = images
        self._embeddings = seen.features
        self._coarse = coarse_looks(project, images)
        self._rows = _at_most(
            [row for row, one in enumerate(images) if one.is_learned_from or one.guides], seed
        )
        annotated = [images[row] for row in self._rows.tolist()]
        self._annotated = Annotated(
            self._embeddings[self._rows],
            self._coarse[self._rows],
            np.array([image.position for image in annotated], np.int64),
            np.array([image.is_learned_from for image in annotated], bool),
        )

    def waits_for(self) -> list[str]:
        """Classes with too few annotated images: until they have more, no outlier is looked for."""
        classes = annotation_class_list(self._project)
        return [classes[each].name for each in self._annotated.rare_classes(len(classes))]

    def outliers(self, share: float) -> dict[int, FoundDoubt]:
        """By row, images that people could be asked about and that lie far from all annotated."""
        if self.waits_for():
            return {}
        rows = np.flatnonzero([image.can_be_asked_about for image in self._images])
        found = self._annotated.outliers(self._embeddings[rows], self._coarse[rows], share)
        settled = settled_images(self._project, Doubt.Kind.OUTLIER)
        by_row = {int(rows[doubt.index]): doubt for doubt in found}
        return {
            row: _outlier(self._images[row], doubt)
            for row, doubt in by_row.items()
            if self._images[row].pk not in settled
        }

    def mislabelled(self) -> list[FoundDoubt]:
        """Training images whose class most of the images nearby speak against, clearest first."""
        classes = annotation_class_list(self._project)
        settled = settled_images(self._project, Doubt.Kind.MISLABELLED)
        found = [
            (self._images[int(self._rows[doubt.index])], doubt)
            for doubt in self._annotated.mislabelled(len(classes))
        ]
        return [
            _mislabelled(image, doubt, classes) for image, doubt in found if image.pk not in settled
        ]


def coarse_looks(project: Project, images: Sequence[ScoredImage]) -> Floats:
    """How images look coarsely (N, D), read from the project's pack in pieces."""
    pack: Pack = project_pack(project)
    rows = pack.rows([image.sha256 for image in images])
    parts = [coarse_look(pack.images[rows[i : i + ROWS]]) for i in range(0, len(rows), ROWS)]
    return np.concatenate(parts) if parts else coarse_look(pack.images[:0])


def doubt_counts(doubts: Sequence[FoundDoubt]) -> dict[str, Any]:
    """What the job tells of them: how many of each kind, and how many the strategy had chosen."""
    return {
        "outliers": sum(doubt.kind == Doubt.Kind.OUTLIER for doubt in doubts),
        "would_ask": sum(doubt.would_ask for doubt in doubts),
        "mislabelled": sum(doubt.kind == Doubt.Kind.MISLABELLED for doubt in doubts),
    }


def _at_most(rows: list[int], seed: int) -> Indices:
    every = np.array(rows, np.int64)
    if len(every) <= MOST_ANNOTATED:
        return every
    draws = numpy_generator(seed, "doubting")
    return np.sort(draws.choice(every, MOST_ANNOTATED, replace=False))


def _outlier(image: ScoredImage, doubt: Outlier) -> FoundDoubt:
    looked = "as the classifier sees it" if doubt.look == EMBEDDING else "by its light and shade"
    return FoundDoubt(
        image_id=image.pk,
        kind=Doubt.Kind.OUTLIER,
        measure=doubt.look,
        value=doubt.distance,
        threshold=doubt.threshold,
        reason=f"Unlike all annotated images {looked}:"
        f" {doubt.distance / max(doubt.threshold, 1e-9):.2f} times as far as is usual.",
    )


def _mislabelled(
    image: ScoredImage, doubt: Mislabelled, classes: Sequence[AnnotationClass]
) -> FoundDoubt:
    other = classes[doubt.other]
    return FoundDoubt(
        image_id=image.pk,
        kind=Doubt.Kind.MISLABELLED,
        measure=MARGIN,
        value=doubt.margin,
        threshold=LEAST_MARGIN,
        reason=f"Among the {NEIGHBOURS} images nearest to it, {other.name[:60]} is ahead of its"
        f" own class by {doubt.margin:.0%}.",
        other_class_id=other.pk,
    )
