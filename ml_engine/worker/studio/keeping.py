"""The job that keeps pictures of the studio: made once more, with lineage, and put to people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from apps.generation.services import Batch, Diversity, KeptSample, generation_record
from apps.generation.studio.recipes import Recipe, recipe_read
from apps.generation.studio.selectors import MADE_IN_STUDIO
from apps.images.models import Image
from apps.loops.batches import kept_batch_put_to_people
from apps.training.learning import classifier_newest
from apps.training.models import Checkpoint
from ml_engine.classifiers.inference import load_classifier
from ml_engine.config import EngineEvent, StopRequestedError
from ml_engine.neighbours import distances
from ml_engine.packs import png_of
from ml_engine.regeneration import regenerate
from ml_engine.uncertainty import score
from ml_engine.worker.beside import RealImages
from ml_engine.worker.context import JobContext
from ml_engine.worker.packing import engine_path
from ml_engine.worker.studio.points import Place, parent_of, place_of
from ml_engine.worker.studio.shelf import WarmGenerator

THREADS = 2
NEAREST_KEPT = 6
MEASURING = [Image.Split.SELECT.value, Image.Split.TEST.value]
STEPS = 3


def keep_pictures(context: JobContext) -> dict[str, Any]:
    """Make the pictures of the recipes, see how they lie among real ones, and store it all.

    Each sample is numbered by its place among the recipes, which the batch's parameters keep.
    Raises `RecipeError` where one cannot be followed any more; then none is kept.
    """
    payload = context.payload
    recipes = [recipe_read(recipe) for recipe in payload["recipes"]]
    generator = Checkpoint.objects.select_related("project").get(pk=payload["generator"])
    warm = WarmGenerator(generator)
    _step(context, 0, "Making the pictures")
    places = [place_of(recipe, warm) for recipe in recipes]
    positions = np.array([warm.position(recipe.class_id) for recipe in recipes], np.int64)
    images = _made(warm, places, positions)
    _step(context, 1, "Comparing them with real images")
    classifier = classifier_newest(context.project)
    samples = _samples(recipes, places, images, classifier)
    _step(context, 2, "Storing them and asking people")
    batch = Batch(
        seed=0,
        parameters={
            "made_by": MADE_IN_STUDIO,
            "kept_by": payload["kept_by"],
            "threads": THREADS,
            "recipes": payload["recipes"],
        },
        dropped={},
        diversity=Diversity({"note": "Chosen by hand: it says nothing of its generator."}),
        samples=samples,
    )
    with transaction.atomic():
        run = generation_record(
            claim=context.claim,
            project=context.project,
            generator=generator,
            classifier=classifier,
            round_number=None,
            batch=batch,
        )
        asked = kept_batch_put_to_people(batch=run)
    return {
        "generation_run": run.pk,
        "kept": asked,
        "duplicates": run.dropped["exact_duplicates"],
    }


def _step(context: JobContext, number: int, message: str) -> None:
    if context.should_stop():
        raise StopRequestedError(f"Stopped before: {message.lower()}.")
    context.publish(EngineEvent("progress", number, STEPS, {}, message))


def _made(
    warm: WarmGenerator, places: list[Place], positions: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """The pictures (N, C, H, W) of places, those of each space together."""
    drawn: dict[int, NDArray[np.uint8]] = {}
    for name in sorted({place.space.name for place in places}):
        rows = [i for i, place in enumerate(places) if place.space.name == name]
        points = np.stack([places[i].point.flatten().numpy() for i in rows])
        images = regenerate(warm.generator, points, positions[rows], THREADS, name)
        drawn |= dict(zip(rows, images, strict=True))
    return np.stack([drawn[i] for i in range(len(places))])


def _samples(
    recipes: list[Recipe],
    places: list[Place],
    images: NDArray[np.uint8],
    classifier: Checkpoint | None,
) -> list[KeptSample]:
    plain = [
        KeptSample(
            png=png_of(images[i]),
            sample_index=i,
            latent=places[i].point.numpy().astype("<f4").tobytes(),
            space=places[i].space.name,
            class_id=recipe.class_id,
            parent_id=parent_of(recipe),
        )
        for i, recipe in enumerate(recipes)
    ]
    return plain if classifier is None else _compared(plain, images, classifier)


def _compared(
    samples: list[KeptSample], images: NDArray[np.uint8], checkpoint: Checkpoint
) -> list[KeptSample]:
    """The samples with how the classifier sees them: none of the images that measure is near."""
    seen = load_classifier(engine_path(checkpoint.folder)).predict(images)
    real = RealImages(checkpoint)
    shown = np.flatnonzero(~np.isin(real.split, MEASURING))
    if not len(shown):
        return samples
    between = distances(seen.features, real.features[shown])
    nearest = np.argsort(between, axis=1, kind="stable")[:, :NEAREST_KEPT]
    training = real.split[shown] == Image.Split.TRAIN
    uncertainty = score("entropy", seen.probabilities, 0)
    return [
        replace(
            sample,
            uncertainty=float(uncertainty[i]),
            nearest_training_distance=_least(between[i][training]),
            parent_distance=_distance_to(
                sample.parent_id, between[i], [real.ids[j] for j in shown]
            ),
            nearest=[(real.ids[int(shown[j])], round(float(between[i, j]), 4)) for j in nearest[i]],
        )
        for i, sample in enumerate(samples)
    ]


def _least(values: NDArray[np.float64]) -> float | None:
    return float(values.min()) if len(values) else None


def _distance_to(
    image_id: int | None, between: NDArray[np.float64], ids: list[int]
) -> float | None:
    return float(between[ids.index(image_id)]) if image_id in ids else None
