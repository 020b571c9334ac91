"""Generators that were trained elsewhere, taken into a project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.services import audit_record
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun
from ml_engine.config import GeneratorConfig


def generator_adopt(
    *,
    project: Project,
    config: GeneratorConfig,
    notices: list[str],
    metadata: dict[str, Any],
    write: Callable[[str], str],
) -> Checkpoint:
    """A training run and checkpoint of networks that came from elsewhere.

    `write` puts the checkpoint into a folder under ENGINE_ROOT and returns the hash of its weights;
    where it raises, nothing is kept. `notices` say on the run's page where the networks are from.
    """
    with transaction.atomic():
        run = TrainingRun.objects.create(
            project=project,
            kind=TrainingRun.Kind.GENERATOR,
            family=config.family,
            purpose="adopted",
            config=config.to_json(),
            seed=0,
            notices=[{"kind": "warning", "step": 0, "message": told} for told in notices],
            finished_at=timezone.now(),
        )
        folder = f"{run.folder}/checkpoint"
        checkpoint = Checkpoint.objects.create(
            project=project,
            training_run=run,
            kind=run.kind,
            folder=folder,
            sha256=write(folder),
            metadata=metadata,
        )
        audit_record(
            actor=None,
            action="generator.adopt",
            project_slug=project.slug,
            detail={"checkpoint": checkpoint.pk, **metadata},
        )
    return checkpoint
