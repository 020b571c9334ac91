"""Writing batches of synthetic images with their lineage, and what people said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.generation.feedback import Feedback
from apps.generation.models import GenerationRun, SyntheticImage
from apps.generation.targets import Target
from apps.images.services import synthetic_images_store
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, job_enqueue
from apps.projects.models import Project
from apps.training.models import Checkpoint
from ml_engine.config import AimConfig, GuardConfig

LONGEST_REASON = 1000
"""Letters of why a batch is held back."""


@dataclass(frozen=True, slots=True)
class KeptSample:
    """One kept image with all that is needed to make it again, and how it lies among real ones."""

    png: bytes
    sample_index: int
    latent: bytes
    class_id: int
    parent_id: int | None = None
    """The real image that it was aimed at, or begun from."""
    parent_distance: float | None = None
    aimed_because: dict[str, Any] = field(default_factory=dict)
    nearest_training_distance: float | None = None
    uncertainty: float | None = None
    nearest: list[tuple[int, float]] = field(default_factory=list)
    """Real images and their distances; none where no classifier has seen them."""
    space: str = "z"
    path: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diversity:
    """How varied the generator's images are beside real ones."""

    figures: dict[str, Any]
    collapsed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Guards:
    """The generator's measures beside the limits that hold a batch back."""

    findings: list[dict[str, Any]] = field(default_factory=list)
    held_reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a generation job has made."""

    seed: int
    parameters: dict[str, Any]
    dropped: dict[str, int]
    diversity: Diversity
    samples: Sequence[KeptSample] = field(default_factory=list)
    guards: Guards = field(default_factory=Guards)


def generation_enqueue(
    *,
    project: Project,
    generator: Checkpoint,
    classifier: Checkpoint,
    targets: Sequence[Target],
    keep: int,
    seed: int,
    title: str,
    key: str,
    round_number: int | None = None,
    feedback: Feedback | None = None,
    guards: GuardConfig | None = None,
    way: str | None = None,
) -> Job:
    """Ask for `keep` images aimed at `targets`.

    `way` is how candidates are made, as `AimConfig` has it; None as it has it by default.

    With `feedback`, candidates like those that people refused are not kept; with `guards`, the
    batch is held back where its generator's measures are surely beyond them.
    """
    feedback = feedback or Feedback()
    return job_enqueue(
        project=project,
        kind="generate",
        title=title,
        payload={
            "generator": generator.pk,
            "classifier": classifier.pk,
            "targets": [list(target) for target in targets],
            "keep": keep,
            "seed": seed,
            "round_number": round_number,
            "judged": [list(image) for image in feedback.judged],
            "refusals": feedback.refusals,
            "guards": guards.to_json() if guards else None,
            "way": way or AimConfig().way,
        },
        queue=Job.Queue.GPU,
        key=key,
    )


@transaction.atomic
def generation_record(
    *,
    claim: Claim,
    project: Project,
    generator: Checkpoint,
    classifier: Checkpoint | None,
    round_number: int | None,
    batch: Batch,
) -> GenerationRun:
    """Write a batch, its images and their lineage, whole or not at all. Raises `Fenced`.

    A sample whose bytes the project already has is left out and counted as dropped.
    """
    claim_require(claim=claim)
    run = GenerationRun.objects.create(
        project=project,
        checkpoint=generator,
        classifier=classifier,
        job_id=claim.job_id,
        round_number=round_number,
        seed=batch.seed,
        parameters=batch.parameters,
        diversity=batch.diversity.figures,
        collapsed=batch.diversity.collapsed,
        collapse_reason=batch.diversity.reason[:300],
        guards=batch.guards.findings,
        held_reason=batch.guards.held_reason[:LONGEST_REASON],
    )
    samples = {f"synthetic-{run.pk}-{sample.sample_index}.png": sample for sample in batch.samples}
    stored = synthetic_images_store(
        project=project, pictures=(sample.png for sample in samples.values()), names=samples
    )
    SyntheticImage.objects.bulk_create(
        SyntheticImage(
            image=image,
            generation_run=run,
            sample_index=sample.sample_index,
            latent=sample.latent,
            annotation_class_id=sample.class_id,
            parent_id=sample.parent_id,
            parent_distance=sample.parent_distance,
            aimed_because=sample.aimed_because,
            nearest_training_distance=sample.nearest_training_distance,
            uncertainty=sample.uncertainty,
            nearest=sample.nearest,
            space=sample.space,
            path=sample.path,
        )
        for image in stored.accepted
        for sample in [samples[image.name]]
    )
    run.dropped = {**batch.dropped, "exact_duplicates": len(stored.duplicates)}
    run.save(update_fields=["dropped"])
    return run


def batch_release_record(*, generation_run: GenerationRun, actor: User | None) -> None:
    """Keep that a batch that was held back goes to people all the same. Raises `Conflict`."""
    if not generation_run.is_held:
        raise Conflict(f"Batch {generation_run.pk} is not held back.")
    generation_run.released_at, generation_run.released_by = timezone.now(), actor
    generation_run.save(update_fields=["released_at", "released_by"])


def audit_record(*, generation_run: GenerationRun, audit: dict[str, Any], admitted: bool) -> None:
    """Keep what people said of a random draw of the batch, and whether it lets the rest in."""
    generation_run.audit, generation_run.admitted = audit, admitted
    generation_run.save(update_fields=["audit", "admitted"])
