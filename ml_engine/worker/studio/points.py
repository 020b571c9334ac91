"""From a recipe to the latent that it names."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from apps.generation.models import Direction, SyntheticImage
from apps.generation.studio.recipes import Recipe, RecipeError, Start
from apps.images.models import Image
from apps.jobs.models import Job
from ml_engine.generators.training import latents_of
from ml_engine.latents.spaces import NormalSpace, along_arc
from ml_engine.worker.studio.shelf import WarmGenerator

Latent = NDArray[np.float32]
REMEMBERED = 512
"""Latents and directions that are not read again: neither ever changes."""


def latent_of(recipe: Recipe, warm: WarmGenerator) -> Latent:
    """The latent (Z,): on the arc between the two starts, then along each direction.

    Raises `RecipeError` where the recipe names what is not there, or is another generator's.
    """
    latent = _start(recipe.start, warm)
    if recipe.towards is not None and recipe.share:
        latent = _between(latent, _start(recipe.towards, warm), recipe.share)
    moved = latent.astype(np.float64)
    for direction_id, amount in sorted(recipe.moves.items()):
        if amount:
            moved += amount * _step(warm.checkpoint_id, direction_id, len(latent))
    return moved.astype(np.float32)


def way_of(recipe: Recipe, warm: WarmGenerator, frames: int) -> Latent:
    """Latents (frames, Z) at even steps from the start to the end, all of them moved alike."""
    shares = [number / (frames - 1) for number in range(frames)]
    return np.stack([latent_of(replace(recipe, share=share), warm) for share in shares])


def parent_of(recipe: Recipe) -> int | None:
    """The id of the real image that a picture begins from; None where it begins from none."""
    if recipe.start.kind != "inversion":
        return None
    found = Job.objects.filter(pk=str(recipe.start.value)).first()
    parent = Image.objects.filter(pk=found.payload["image"]).first() if found else None
    return parent.pk if parent else None


def _between(one: Latent, other: Latent, share: float) -> Latent:
    ends = [torch.from_numpy(end.copy())[None] for end in (one, other)]
    found: Latent = along_arc(ends[0], ends[1], share)[0].numpy()
    return found


def _start(start: Start, warm: WarmGenerator) -> Latent:
    if start.kind == "seed":
        drawn: Latent = latents_of(warm.generator, int(start.value), np.array([0]))[0]
        return drawn
    if start.kind == "image":
        latent = _latent_of_image(warm.project_id, warm.checkpoint_id, int(start.value))
    else:
        latent = _latent_of_inversion(warm.project_id, warm.checkpoint_id, str(start.value))
    if latent.shape != (warm.generator.latent_size,):
        raise RecipeError(
            f"The latent of that start has {latent.size} numbers; the generator takes"
            f" {warm.generator.latent_size}. Begin from another image."
        )
    return latent


@lru_cache(REMEMBERED)
def _latent_of_image(project_id: int, checkpoint_id: int, image_id: int) -> Latent:
    lineage = SyntheticImage.objects.filter(
        image=image_id, image__project=project_id, generation_run__checkpoint=checkpoint_id
    ).first()
    if lineage is None:
        raise RecipeError(
            f"Image {image_id} is no synthetic image of this generator. Choose the generator that"
            " made it, or another image."
        )
    if lineage.space != NormalSpace.name:
        raise RecipeError(
            f"Image {image_id} lies in {lineage.space}, and the studio walks in z. Begin from"
            " another image."
        )
    return np.frombuffer(lineage.latent, "<f4").astype(np.float32)


@lru_cache(REMEMBERED)
def _latent_of_inversion(project_id: int, checkpoint_id: int, job_id: str) -> Latent:
    job = Job.objects.filter(
        pk=job_id, project=project_id, kind="invert_image", status=Job.Status.SUCCEEDED
    ).first()
    if job is None or job.payload["generator"] != checkpoint_id:
        raise RecipeError(
            "That image was not found in this generator's latent space yet. Look for it again."
        )
    return np.frombuffer(base64.b64decode(job.result["latent"]), "<f4").astype(np.float32)


@lru_cache(REMEMBERED)
def _step(checkpoint_id: int, direction_id: int, size: int) -> NDArray[np.float64]:
    """One deviation along a direction (Z,)."""
    direction = Direction.objects.filter(pk=direction_id, checkpoint=checkpoint_id).first()
    if direction is None:
        raise RecipeError(
            f"This generator has no direction {direction_id} any more. Load the page anew."
        )
    vector = np.frombuffer(direction.vector, "<f4").astype(np.float64)
    if len(vector) != size:
        raise RecipeError(f"The direction {direction_id} lies in another space.")
    step: NDArray[np.float64] = vector * direction.deviation
    return step
