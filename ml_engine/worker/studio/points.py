"""From a recipe to the point of the latent space that it names."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from apps.generation.models import Direction, SyntheticImage
from apps.generation.studio.recipes import ALL_LAYERS, Recipe, RecipeError, Start
from apps.generation.studio.selectors import startable
from apps.images.models import Image
from apps.jobs.models import Job
from apps.projects.models import Project
from ml_engine.generators.training import latents_of
from ml_engine.latents.spaces import LayeredStyleSpace, NormalSpace, Space
from ml_engine.worker.studio.shelf import WarmGenerator

Numbers = NDArray[np.float32]
REMEMBERED = 512
"""Points and directions that are not read again: none ever changes."""


@dataclass(frozen=True)
class Place:
    """Where a picture lies."""

    space: Space
    point: Tensor
    """(*shape), on the CPU."""


def place_of(recipe: Recipe, warm: WarmGenerator) -> Place:
    """The place that a recipe names.

    Between the two starts, in all layers or in some, then towards the class's mean, then along each
    direction. Raises `RecipeError` where the recipe names what is not there, or is another
    generator's.
    """
    position = torch.tensor([warm.position(recipe.class_id)])
    space, point = _start(recipe.start, warm, position)
    if recipe.towards is not None and recipe.share:
        ends, end = _start(recipe.towards, warm, position)
        if recipe.layers != ALL_LAYERS or space is not ends:
            space, point, end = warm.layered, _layered(point, warm), _layered(end, warm)
        rows, start = _rows(recipe, space), point
        point = start.clone()
        point[:, rows] = space.between(start, end, recipe.share)[:, rows]
    if recipe.truncation != 1:
        point = space.mean(position).to(point).lerp(point, recipe.truncation)
    going = point[0].detach().cpu().double()
    for direction_id, amount in sorted(recipe.moves.items()):
        if amount:
            going = going + amount * _step(warm, direction_id)
    return Place(space, going.float())


def _layered(point: Tensor, warm: WarmGenerator) -> Tensor:
    """A point (1, W) or (1, L, W) as one of w_plus, (1, L, W)."""
    return (point if point.ndim > 2 else point[:, None]).expand(1, *warm.layered.shape)


def _rows(recipe: Recipe, space: Space) -> slice:
    """The numbers or layers of a point that go towards the end: one at least."""
    count = space.shape[0]
    first = min(round(recipe.layers[0] * count), count - 1)
    return slice(first, max(round(recipe.layers[1] * count), first + 1))


def way_of(recipe: Recipe, warm: WarmGenerator, frames: int) -> Iterator[Place]:
    """So many places at even steps from the start to the end, all of them moved alike."""
    for number in range(frames):
        yield place_of(replace(recipe, share=number / (frames - 1)), warm)


def parent_of(recipe: Recipe) -> int | None:
    """The id of the real image that a picture begins from; None where it begins from none."""
    if recipe.start.kind != "inversion":
        return None
    found = Job.objects.filter(pk=str(recipe.start.value)).first()
    parent = Image.objects.filter(pk=found.payload["image"]).first() if found else None
    return parent.pk if parent else None


def _start(start: Start, warm: WarmGenerator, position: Tensor) -> tuple[Space, Tensor]:
    """The space of a start, and its point (1, *shape) there."""
    if start.kind == "seed":
        name, numbers = (
            NormalSpace.name,
            latents_of(warm.generator, int(start.value), np.array([0]))[0],
        )
    elif start.kind == "image":
        name, numbers = _of_image(warm.project.pk, warm.checkpoint_id, int(start.value))
    else:
        name, numbers, image_id = _of_inversion(
            warm.project.pk, warm.checkpoint_id, str(start.value)
        )
        startable_image(warm.project, image_id)
    space = warm.layered if name == LayeredStyleSpace.name else warm.space
    if name not in (NormalSpace.name, space.name):
        raise RecipeError(
            f"That start lies in {name}, and the studio walks in {warm.space.name}. Begin from"
            " another image."
        )
    expected = (warm.generator.latent_size,) if name == NormalSpace.name else tuple(space.shape)
    if numbers.size != np.prod(expected):
        raise RecipeError(
            f"The latent of that start has {numbers.size} numbers, not {np.prod(expected)} as"
            " the generator's. Begin from another image."
        )
    point = torch.from_numpy(numbers.copy()).view(1, *expected).to(space.device)
    return space, space.points(point, position) if name == NormalSpace.name else point


@lru_cache(REMEMBERED)
def _of_image(project_id: int, checkpoint_id: int, image_id: int) -> tuple[str, Numbers]:
    lineage = SyntheticImage.objects.filter(
        image=image_id, image__project=project_id, generation_run__checkpoint=checkpoint_id
    ).first()
    if lineage is None:
        raise RecipeError(
            f"Image {image_id} is no synthetic image of this generator. Choose the generator that"
            " made it, or another image."
        )
    return lineage.space, np.frombuffer(lineage.latent, "<f4").astype(np.float32)


@lru_cache(REMEMBERED)
def _of_inversion(project_id: int, checkpoint_id: int, job_id: str) -> tuple[str, Numbers, int]:
    """Its space, its latent, and the id of the image that was looked for."""
    job = Job.objects.filter(
        pk=job_id, project=project_id, kind="invert_image", status=Job.Status.SUCCEEDED
    ).first()
    if job is None or job.payload["generator"] != checkpoint_id:
        raise RecipeError(
            "That image was not found in this generator's latent space yet. Look for it again."
        )
    numbers = np.frombuffer(base64.b64decode(job.result["point"]), "<f4")
    return str(job.result["space"]), numbers.astype(np.float32), int(job.payload["image"])


def startable_image(project: Project, image_id: int) -> Image:
    """A real image that a walk may begin from still: it may have been set apart, or moved to where
    it measures.

    Raises `RecipeError`.
    """
    image = startable(project).select_related("place").filter(pk=image_id).first()
    if image is None:
        raise RecipeError(
            f"Image {image_id} was set apart, measures models, or is gone by now. Begin from"
            " another image."
        )
    return image


def _step(warm: WarmGenerator, direction_id: int) -> Tensor:
    """One deviation along a direction (*shape), in float64."""
    space, vector, deviation = _direction(warm.checkpoint_id, direction_id)
    if space != warm.space.name or vector.size != np.prod(warm.space.shape):
        raise RecipeError(f"The direction {direction_id} lies in another space. Look for others.")
    return torch.from_numpy(vector.astype(np.float64)).view(warm.space.shape) * deviation


@lru_cache(REMEMBERED)
def _direction(checkpoint_id: int, direction_id: int) -> tuple[str, Numbers, float]:
    direction = Direction.objects.filter(pk=direction_id, checkpoint=checkpoint_id).first()
    if direction is None:
        raise RecipeError(
            f"This generator has no direction {direction_id} any more. Load the page anew."
        )
    return direction.space, np.frombuffer(direction.vector, "<f4"), direction.deviation
