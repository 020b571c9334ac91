"""Answering one request: the picture at once, then what lies near it; or a film, bit by bit."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.generation.studio.recipes import Recipe, recipe_read
from apps.generation.studio.wire import Request
from apps.projects.models import Project
from apps.training.neighbours import neighbours_of
from ml_engine.checkpoints import CheckpointError
from ml_engine.latents.films import film, strip
from ml_engine.latents.previews import preview
from ml_engine.packs import png_of
from ml_engine.uncertainty import score
from ml_engine.worker.studio.points import place_of, way_of
from ml_engine.worker.studio.shelf import Shelf

NEAREST_SHOWN = 6
STRIP_FRAMES, FILM_FRAMES = 9, 24
PAUSE_SECONDS = 0.02
"""Between two looks whether a file is written."""


Answer = dict[str, Any]


def answers(shelf: Shelf, request: Request) -> Iterator[Answer]:
    """`warming` where the generator is cold, then `picture`, then `near` where a classifier sees.

    Whoever reads may stop after the picture. Raises `RecipeError` and `CheckpointError`.
    """
    recipe = recipe_read(request.recipe)
    yield from _warming(shelf, request, recipe)
    warm = shelf.generator(request.project_id, recipe.checkpoint)
    started = time.perf_counter()
    place = place_of(recipe, warm)
    pixels = preview(warm.generator, place.space, place.point, warm.position(recipe.class_id))
    yield {
        "kind": "picture",
        "number": request.number,
        "png": base64.b64encode(png_of(pixels)).decode(),
        "milliseconds": round(1000 * (time.perf_counter() - started), 1),
    }
    near = _near(shelf, warm.project, pixels)
    if near is not None:
        yield {"kind": "near", "number": request.number, **near}


def film_answers(shelf: Shelf, request: Request) -> Iterator[Answer | None]:
    """`warming` where the generator is cold, `progress` after each picture, then `film`.

    Between two answers, and at each None in their place, whoever reads may do other things. Raises
    `RecipeError` and `CheckpointError`.
    """
    recipe = recipe_read(request.recipe)
    yield from _warming(shelf, request, recipe)
    warm = shelf.generator(request.project_id, recipe.checkpoint)
    position = warm.position(recipe.class_id)
    frames = STRIP_FRAMES if request.film == "strip" else FILM_FRAMES
    images = []
    for place in way_of(recipe, warm, frames):
        images.append(preview(warm.generator, place.space, place.point, position))
        yield {"kind": "progress", "number": request.number, "done": len(images), "of": frames}
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(_file, np.stack(images), request.film)
        while wait([made], PAUSE_SECONDS).not_done:
            yield None
        file = base64.b64encode(made.result()).decode()
    yield {"kind": "film", "number": request.number, "film": file}


def _warming(shelf: Shelf, request: Request, recipe: Recipe) -> Iterator[Answer]:
    if not shelf.has(recipe.checkpoint):
        yield {"kind": "warming", "number": request.number}


def _file(images: NDArray[np.uint8], kind: str) -> bytes:
    """Images (N, C, H, W) of a way as a strip, or as a film there and back."""
    if kind == "strip":
        return strip(images)
    return film(np.concatenate([images, images[-2:0:-1]]), kind)


def _near(shelf: Shelf, project: Project, pixels: NDArray[np.uint8]) -> dict[str, Any] | None:
    """What the loop's newest classifier sees; None before the first, or if it takes others.

    Where its checkpoint cannot be used, only why: the picture is none the worse.
    """
    try:
        found = shelf.classifier(project)
    except CheckpointError as error:
        return {"missing": f"What is near cannot be told. {error}"}
    if found is None:
        return None
    checkpoint, classifier = found
    if pixels.shape != (classifier.shape.channels, classifier.shape.size, classifier.shape.size):
        return None
    seen = classifier.predict(pixels[None])
    guess = int(seen.probabilities[0].argmax())
    names = dict(project.annotation_classes.values_list("position", "name"))
    return {
        "guess": names.get(guess, ""),
        "confidence": round(float(seen.probabilities[0, guess]), 4),
        "uncertainty": round(float(score("entropy", seen.probabilities, 0)[0]), 4),
        "nearest": [
            {
                "id": one.image.pk,
                "class": one.image.annotation_class.name if one.image.annotation_class else None,
                "distance": round(one.distance, 3),
            }
            for one in neighbours_of(checkpoint, seen.features[0].tolist(), NEAREST_SHOWN)
        ],
    }
