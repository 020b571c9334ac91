"""Keeping pictures, and finding, naming and deleting directions."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.generation.models import Direction
from apps.generation.studio.recipes import LARGEST_SEED, Recipe
from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, event_publish, job_enqueue, job_retry
from apps.projects.models import AnnotationClass, Project
from apps.training.models import Checkpoint

MOST_KEPT = 200
"""Pictures of one batch: somebody has to look at each of them."""
MOST_DIRECTIONS = 32
"""That one search proposes."""
LONGEST_NAME = 60
METHODS = {
    "pictures": "what changes most in its pictures",
    "activations": "what its first layer's activations spread along most (GANSpace)",
    "weights": "what its first layers turn into most (SeFa)",
    "looks": "brightness, contrast, width and height",
    "classes": "each class, as the loop's classifier sees it",
}
"""How directions can be looked for; activations and weights need networks that have such layers."""


@dataclass(frozen=True, slots=True)
class FoundDirection:
    """A direction as a search found it."""

    space: str
    vector: Sequence[float]
    deviation: float
    found: dict[str, float | int | str]


def pictures_keep(
    *, project: Project, generator: Checkpoint, recipes: Sequence[Recipe], actor: User
) -> Job:
    """Have pictures made once more, stored with their lineage, and put to people as one batch.

    Raises `ValidationError` for none, too many, or recipes of another generator. Asked twice for
    the same pictures, there is one job.
    """
    if not 1 <= len(recipes) <= MOST_KEPT:
        raise ValidationError(
            f"{len(recipes)} pictures were kept; a batch has 1 to {MOST_KEPT} of them."
        )
    if any(recipe.checkpoint != generator.pk for recipe in recipes):
        raise ValidationError("The pictures of one batch are all of one generator.")
    kept = [recipe.to_json() for recipe in recipes]
    digest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
    count = len(kept)
    job = job_enqueue(
        project=project,
        kind="keep_pictures",
        title=f"Keep {count} picture{'' if count == 1 else 's'} of the studio",
        payload={"generator": generator.pk, "recipes": kept, "kept_by": actor.username},
        queue=Job.Queue.GPU,
        key=f"studio:keep:{digest}",
        created_by=actor,
    )
    return _tried_again(job, actor)


def directions_find(
    *,
    project: Project,
    generator: Checkpoint,
    method: str,
    count: int,
    seed: int,
    actor: User,
) -> Job:
    """Look for directions along which a generator's images change most, or as a score has it.

    Its proposals supersede those of the last search; what has a name stays. Raises
    `ValidationError`.
    """
    if method not in METHODS:
        raise ValidationError({"method": f"It is {method!r}; it is one of {', '.join(METHODS)}."})
    if not 1 <= count <= MOST_DIRECTIONS:
        raise ValidationError({"count": f"It is {count}; 1 to {MOST_DIRECTIONS} can be proposed."})
    if not 0 <= seed <= LARGEST_SEED:
        raise ValidationError({"seed": f"It is {seed}; it must be from 0 to {LARGEST_SEED}."})
    return job_enqueue(
        project=project,
        kind="find_directions",
        title=f"Find directions of {generator.training_run.family} {generator.training_run_id}",
        payload={"generator": generator.pk, "method": method, "count": count, "seed": seed},
        queue=Job.Queue.GPU,
        created_by=actor,
    )


def image_invert(
    *,
    project: Project,
    generator: Checkpoint,
    image: Image,
    annotation_class: AnnotationClass,
    actor: User,
) -> Job:
    """Look for the latent from which a generator makes a real image as nearly as it can.

    One that was found before is not looked for again.
    """
    job = job_enqueue(
        project=project,
        kind="invert_image",
        title=f"Find image {image.pk} in the latent space",
        payload={
            "generator": generator.pk, "image": image.pk, "position": annotation_class.position,
        },
        queue=Job.Queue.GPU,
        key=f"studio:invert:{generator.sha256[:16]}:{image.sha256}:{annotation_class.pk}",
        created_by=actor,
    )  # fmt: skip
    return _tried_again(job, actor)


def _tried_again(job: Job, actor: User) -> Job:
    """The job; one that was asked for before and ended badly is queued anew."""
    if job.status in Job.ENDED_BADLY:
        job_retry(job=job, actor=actor)
    return job


@transaction.atomic
def directions_propose(
    *,
    claim: Claim,
    generator: Checkpoint,
    method: str,
    found: Sequence[FoundDirection],
) -> list[Direction]:
    """Write what a search found; it supersedes the proposals that nobody named. Raises `Fenced`."""
    claim_require(claim=claim)
    proposals = Direction.objects.filter(checkpoint=generator, name="", superseded_at=None)
    proposals.update(superseded_at=timezone.now())
    event_publish(
        project_id=generator.project_id,
        kind="direction.proposed",
        payload={"checkpoint": generator.pk, "proposed": len(found)},
    )
    return Direction.objects.bulk_create(
        Direction(
            project=generator.project,
            checkpoint=generator,
            space=one.space,
            vector=struct.pack(f"<{len(one.vector)}f", *one.vector),
            deviation=one.deviation,
            method=method,
            found=one.found,
        )
        for one in found
    )


@transaction.atomic
def direction_name(*, direction: Direction, name: str, actor: User) -> None:
    """Give a direction a name, or another one. Raises `ValidationError` and `Conflict`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise ValidationError(
            {"name": f"A direction's name has 1 to {LONGEST_NAME} letters; this one {len(name)}."}
        )
    direction.name, direction.named_by, direction.superseded_at = name, actor, None
    try:
        with transaction.atomic():
            direction.save(update_fields=["name", "named_by", "superseded_at"])
    except IntegrityError:
        raise Conflict(
            f"This generator has a direction called “{name}” already; choose another name."
        ) from None
    _tell(direction, "direction.name", actor)


@transaction.atomic
def direction_delete(*, direction: Direction, actor: User) -> None:
    """Delete a direction. Images that were kept along it stay: their lineage has their latents."""
    _tell(direction, "direction.delete", actor)
    direction.delete()


def _tell(direction: Direction, action: str, actor: User) -> None:
    detail = {
        "direction": direction.pk,
        "name": direction.name,
        "checkpoint": direction.checkpoint_id,
    }
    audit_record(actor=actor, action=action, project_slug=direction.project.slug, detail={**detail})
    event_publish(project_id=direction.project_id, kind=f"{action}d", payload=detail)
