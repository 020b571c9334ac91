"""The job that proposes directions of a generator."""

from __future__ import annotations

from typing import Any

from apps.generation.studio.services import FoundDirection, directions_propose
from apps.training.models import Checkpoint
from ml_engine.generators.training import load_generator
from ml_engine.latents.principal import principal_directions
from ml_engine.latents.spaces import NormalSpace
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path
from ml_engine.worker.studio.shelf import walked

THREADS = 2
METHOD = "principal components"


def find_directions(context: JobContext) -> dict[str, Any]:
    """Look for directions in z and write them as proposals."""
    payload = context.payload
    checkpoint = Checkpoint.objects.select_related("project").get(pk=payload["generator"])
    generator = load_generator(engine_path(checkpoint.folder))
    walked(generator)
    found = principal_directions(
        generator,
        payload["count"],
        payload["seed"],
        threads=THREADS,
        on_event=context.publish,
        should_stop=context.should_stop,
    )
    proposed = directions_propose(
        claim=context.claim,
        generator=checkpoint,
        space=NormalSpace.name,
        method=METHOD,
        found=[
            FoundDirection(
                vector=one.vector.tolist(),
                deviation=NormalSpace.deviation,
                found={"seed": payload["seed"], "rank": rank, "explained": round(one.explained, 4)},
            )
            for rank, one in enumerate(found, 1)
        ],
    )
    return {"proposed": len(proposed)}
