"""The job that proposes directions of a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.generation.studio.services import FoundDirection, directions_propose
from apps.projects.models import Project
from apps.training.learning import classifier_newest
from apps.training.models import Checkpoint
from ml_engine.classifiers.inference import load_classifier
from ml_engine.devices import repeatable
from ml_engine.generators.protocol import Generator
from ml_engine.generators.training import load_generator
from ml_engine.latents.attributes import ATTRIBUTES
from ml_engine.latents.directions import Direction, factorised, spread_most
from ml_engine.latents.principal import principal_directions
from ml_engine.latents.scored import Scores, scored_directions
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
    with repeatable(THREADS):
        found = _found(context, generator)
    proposed = directions_propose(
        claim=context.claim, generator=checkpoint, method=payload["method"], found=found
    )
    return {"proposed": len(proposed)}


def _found(context: JobContext, generator: Generator) -> list[FoundDirection]:
    method, seed = context.payload["method"], context.payload["seed"]
    if method in ("looks", "classes"):
        scores = _looks if method == "looks" else _classes(context.project, generator)
        scored = scored_directions(
            generator,
            space_walked(generator),
            scores,
            context.payload["count"],
            seed,
            on_event=context.publish,
            should_stop=context.should_stop,
        )
        return [
            _as_found(one, {"seed": seed, "rank": rank, "grows": name, "parted": one.weight})
            for rank, (name, one) in enumerate(scored, 1)
        ]
    return [
        _as_found(one, {"seed": seed, "rank": rank, "explained": one.weight})
        for rank, one in enumerate(_unaided(context, generator), 1)
    ]


def _as_found(direction: Direction, found: dict[str, float | int | str]) -> FoundDirection:
    rounded = {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in found.items()
    }
    vector = direction.normal.flatten().tolist()
    return FoundDirection(direction.space, vector, direction.deviation, rounded)


def _unaided(context: JobContext, generator: Generator) -> Sequence[Direction]:
    """What the generator itself shows, without anybody's scores."""
    payload = context.payload
    count, seed, space = payload["count"], payload["seed"], space_walked(generator)
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


def _looks(images: NDArray[np.uint8]) -> Mapping[str, NDArray[np.floating]]:
    return {name: score(images) for name, score in ATTRIBUTES.items()}


def _classes(project: Project, generator: Generator) -> Scores:
    """How sure the loop's newest classifier is of each class. Raises `ValueError` without one."""
    newest = classifier_newest(project)
    classifier = load_classifier(engine_path(newest.folder)) if newest else None
    if classifier is None or classifier.shape != generator.shape:
        raise ValueError(
            "The loop has no classifier yet that sees such images; look for something else."
        )
    names = dict(project.annotation_classes.values_list("position", "name"))

    def scores(images: NDArray[np.uint8]) -> Mapping[str, NDArray[np.floating]]:
        seen = classifier.probabilities(images)
        return {
            names[position]: seen[:, position]
            for position in sorted(names.keys() & range(seen.shape[1]))
        }

    return scores
