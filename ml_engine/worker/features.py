"""The job that learns features from a project's images without annotations, and their use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.images.models import Image
from apps.loops.cold_features import LEARNT_FROM
from ml_engine.config import FeaturesConfig
from ml_engine.self_supervision import load_features, train_features
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_key, engine_path, project_pack


def learn_features(context: JobContext) -> dict[str, Any]:
    """Learn from every real image that may be looked at. Raises what `train_features` raises.

    They only choose what people are asked about: nothing that is measured is made of them, so an
    image that was learnt from may still come to select or test.
    """
    images = Image.objects.filter(
        project=context.project, origin=Image.Origin.REAL, split__in=LEARNT_FROM
    ).exclude(status__in=[Image.Status.QUARANTINED, Image.Status.REFUSED])
    hashes = list(images.order_by("sha256").values_list("sha256", flat=True))
    pack = project_pack(context.project)
    result = train_features(
        pack,
        pack.rows(hashes),
        FeaturesConfig.from_json(context.payload["config"]),
        context.payload["seed"],
        engine_path(f"features/{context.job.pk}"),
        on_event=context.publish,
        should_stop=context.should_stop,
    )
    return {
        "folder": engine_key(result.folder),
        "sha256": result.sha256,
        "images": len(hashes),
        "steps": result.steps,
    }


def features_of(context: JobContext, folder: str, hashes: Sequence[str]) -> NDArray[np.float32]:
    """The features (N, D) of the project's images of these hashes. Raises `CheckpointError`."""
    pack = project_pack(context.project)
    return load_features(engine_path(folder)).features(pack.images[pack.rows(hashes)])
