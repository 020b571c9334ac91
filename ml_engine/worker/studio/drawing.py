"""Answering one request: the picture at once, then what lies near it."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.generation.studio.recipes import Recipe, recipe_read
from apps.generation.studio.wire import Request
from apps.projects.models import Project
from apps.training.neighbours import neighbours_of
from ml_engine.latents.films import film, strip
from ml_engine.latents.previews import preview
from ml_engine.packs import png_of
from ml_engine.uncertainty import score
from ml_engine.worker.studio.points import point_of, way_of
from ml_engine.worker.studio.shelf import Shelf, WarmGenerator

NEAREST_SHOWN = 6
STRIP_FRAMES, FILM_FRAMES = 9, 24


def answers(shelf: Shelf, request: Request) -> Iterator[dict[str, Any]]:
    """`warming` where the generator is cold, then `picture`, then `near` where a classifier sees;
    of a way a `frame` for each picture, then `film`.

    Whoever reads may stop after any of them. Raises `RecipeError` and `CheckpointError`.
    """
    recipe = recipe_read(request.recipe)
    if not shelf.has(recipe.checkpoint):
        yield {"kind": "warming", "number": request.number}
    warm = shelf.generator(request.project_id, recipe.checkpoint)
    position = warm.position(recipe.class_id)
    if request.film:
        yield from _film(recipe, warm, request)
        return
    started = time.perf_counter()
    pixels = preview(warm.generator, warm.space, point_of(recipe, warm), position)
    yield {
        "kind": "picture",
        "number": request.number,
        "png": base64.b64encode(png_of(pixels)).decode(),
        "milliseconds": round(1000 * (time.perf_counter() - started), 1),
    }
    near = _near(shelf, Project.objects.get(pk=request.project_id), pixels)
    if near is not None:
        yield {"kind": "near", "number": request.number, **near}


def _film(recipe: Recipe, warm: WarmGenerator, request: Request) -> Iterator[dict[str, Any]]:
    frames = STRIP_FRAMES if request.film == "strip" else FILM_FRAMES
    position = warm.position(recipe.class_id)
    images = []
    for point in way_of(recipe, warm, frames):
        images.append(preview(warm.generator, warm.space, point, position))
        yield {"kind": "frame", "number": request.number, "done": len(images), "of": frames}
    made = _film_file(np.stack(images), request.film)
    yield {"kind": "film", "number": request.number, "film": base64.b64encode(made).decode()}


def _film_file(images: NDArray[np.uint8], kind: str) -> bytes:
    """Images (N, C, H, W) of a way as a strip, or as a film there and back."""
    if kind == "strip":
        return strip(images)
    return film(np.concatenate([images, images[-2:0:-1]]), kind)


def _near(shelf: Shelf, project: Project, pixels: NDArray[np.uint8]) -> dict[str, Any] | None:
    """What the loop's newest classifier sees; None before the first, or if it takes others."""
    found = shelf.classifier(project)
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
