"""The job that proposes directions of a generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.generation.studio.services import FoundDirection, directions_propose
from apps.training.models import Checkpoint
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import load_generator
from ml_engine.latents.directions import Direction, factorised, spread_most
from ml_engine.latents.principal import principal_directions
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path
from ml_engine.worker.studio.shelf import space_walked

THREADS = 2


def find_directions(context: JobContext) -> dict[str, Any]:
    """Look for directions of the space that the studio walks in, and write them as proposals.

    Raises `ValueError` where the generator has nothing that the method could look at.
    """
    payload = context.payload
    checkpoint = Checkpoint.objects.select_related("project").get(pk=payload["generator"])
    generator = load_generator(engine_path(checkpoint.folder))
    found = _found(context, generator)
    proposed = directions_propose(
        claim=context.claim,
        generator=checkpoint,
        method=payload["method"],
        found=[
            FoundDirection(
                space=one.space,
                vector=one.normal.flatten().tolist(),
                deviation=one.deviation,
                found={"seed": payload["seed"], "rank": rank, "explained": round(one.weight, 4)},
            )
            for rank, one in enumerate(found, 1)
        ],
    )
    return {"proposed": len(proposed)}


def _found(context: JobContext, generator: Generator) -> Sequence[Direction]:
    payload = context.payload
    count, seed, space = payload["count"], payload["seed"], space_walked(generator)
    with repeatable(THREADS):
        if payload["method"] == "pictures":
            return principal_directions(
                generator,
                space,
                count,
                seed,
                on_event=context.publish,
                should_stop=context.should_stop,
            )
        look = {"activations": spread_most, "weights": factorised}[payload["method"]]
        return look(generator, space, count, seed=seed)
