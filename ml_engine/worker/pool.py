"""What a round's classifier makes of the pool, beside the classifier of the round before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.images.models import Image
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list
from apps.training.models import Prediction, Score
from ml_engine.drift import PoolView, pool_drift, pool_view
from ml_engine.worker.batches import ScoredImage


def pool_told(
    project: Project,
    images: Sequence[ScoredImage],
    guesses: NDArray[np.int64],
    entropies: NDArray[np.floating],
    before: int | None,
) -> dict[str, Any]:
    """Shares by class and mean entropy over the pool, `guesses` and `entropies` being (N,).

    With the id of an earlier checkpoint, what that one made of the same images, too.
    """
    places = [row for row, image in enumerate(images) if image.split == Image.Split.POOL]
    if not places:
        return {}
    names = [item.name for item in annotation_class_list(project)]
    now = (np.asarray(guesses)[places], np.asarray(entropies, np.float64)[places])
    told = _told(pool_view(*now, len(names)), names)
    return {
        "image_count": len(places),
        **told,
        "since": _since(before, [images[row].pk for row in places], now, names),
    }


def _since(
    before: int | None,
    ids: Sequence[int],
    now: tuple[NDArray[np.int64], NDArray[np.float64]],
    names: list[str],
) -> dict[str, Any]:
    """How guesses and entropy moved on the images that the checkpoint `before` saw as well."""
    if before is None:
        return {}
    seen = dict(
        Prediction.objects.filter(checkpoint=before, image__in=ids).values_list(
            "image_id", "annotation_class__position"
        )
    )
    unsure = dict(
        Score.objects.filter(checkpoint=before, strategy="entropy", image__in=ids).values_list(
            "image_id", "value"
        )
    )
    shared = [row for row, image_id in enumerate(ids) if image_id in seen and image_id in unsure]
    if not shared:
        return {}
    earlier = (
        np.array([seen[ids[row]] for row in shared]),
        np.array([unsure[ids[row]] for row in shared]),
    )
    drift = asdict(pool_drift(earlier, (now[0][shared], now[1][shared]), len(names)))
    return {
        "image_count": drift["images"],
        "moved": drift["moved"],
        "before": _told(PoolView(**drift["before"]), names),
        "now": _told(PoolView(**drift["now"]), names),
        "entropy_change": {
            "value": drift["entropy_change"],
            "low": drift["low"],
            "high": drift["high"],
        },
    }


def _told(view: PoolView, names: list[str]) -> dict[str, Any]:
    return {
        "shares": dict(zip(names, view.shares, strict=True)),
        "entropy": view.entropy,
    }
