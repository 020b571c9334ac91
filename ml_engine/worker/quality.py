"""The job that lays a project's quality filters over the images that are there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.images.models import Image, QualityMeasures
from apps.images.quality.applying import quality_apply, resembling_apply
from apps.images.quality.policies import quality_policy_get
from apps.images.quality.resemblance import correlation_of
from apps.review.services import image_tasks_withdraw
from apps.training.models import Checkpoint
from ml_engine.config import EngineEvent, StopRequestedError
from ml_engine.worker.context import JobContext

CHUNK = 1024
LEAST_CORRELATION = 0.9
"""Of grey copies: a classifier's embeddings gather whole classes, so pixels must agree a little."""
MOST_MET = 20
"""Of an image with more that are alike, as a video's frames are, so many of the nearest count."""


def apply_quality(context: JobContext) -> dict[str, Any]:
    """Measure, group and judge every real image; then the pool by embeddings, if that is on."""

    def progress(done: int, total: int) -> None:
        context.publish(EngineEvent("progress", done, total, {}, f"{done:,} of {total:,} images"))

    done = Counter(
        quality_apply(
            claim=context.claim,
            project=context.project,
            withdraw=image_tasks_withdraw,
            on_progress=progress,
            should_stop=context.should_stop,
        )
    )
    most_distance = quality_policy_get(context.project).embedding_distance
    if most_distance is not None:
        for pairs in _alike(context, most_distance):
            done.update(
                resembling_apply(
                    claim=context.claim,
                    project=context.project,
                    pairs=pairs,
                    withdraw=image_tasks_withdraw,
                )
            )
    return dict(done)


def _alike(context: JobContext, most_distance: float) -> Iterator[dict[int, list[int]]]:
    """Of images of the pool, chunk by chunk: older images of which the embeddings are near.

    All are compared with all, so that none is missed; of 100,000 images that takes minutes.
    """
    classifiers = Checkpoint.objects.filter(project=context.project, kind="classifier")
    newest = classifiers.filter(predictions__isnull=False).order_by("-pk").first()
    if newest is None:
        return
    seen = newest.predictions.filter(image__origin=Image.Origin.REAL, image__measures__isnull=False)
    rows = list(seen.order_by("image_id").values_list("image_id", "embedding", "image__split"))
    ids = np.array([image_id for image_id, _, _ in rows])
    directions = _directions(np.array([embedding for _, embedding, _ in rows], np.float32))
    pool = np.flatnonzero([split == Image.Split.POOL for _, _, split in rows])
    for start in range(0, len(pool), CHUNK):
        if context.should_stop():
            raise StopRequestedError
        asked = pool[start : start + CHUNK]
        distances = 1 - directions[asked] @ directions.T
        distances[ids[None] >= ids[asked][:, None]] = np.inf
        nearest = np.argsort(distances, axis=1)[:, :MOST_MET]
        near = np.take_along_axis(distances, nearest, axis=1) <= most_distance
        yield _confirmed(
            [
                (int(ids[asked[row]]), int(ids[nearest[row, place]]))
                for row, place in np.argwhere(near)
            ]
        )


def _confirmed(pairs: list[tuple[int, int]]) -> dict[int, list[int]]:
    copies = dict(
        QualityMeasures.objects.filter(pk__in={one for pair in pairs for one in pair}).values_list(
            "pk", "grey_copy"
        )
    )
    met = defaultdict(list)
    for image_id, other in pairs:
        if correlation_of(bytes(copies[image_id]), bytes(copies[other])) >= LEAST_CORRELATION:
            met[image_id].append(other)
    return {image_id: sorted(others) for image_id, others in met.items()}


def _directions(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    directions: NDArray[np.float32] = embeddings / np.maximum(lengths, 1e-12)
    return directions
