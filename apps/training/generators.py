"""Training a generator because a person asks for it, outside the loop."""

from __future__ import annotations

import hashlib
import json

from django.db import transaction

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.projects.models import Project
from apps.training.learning import annotated_rows, classifier_newest, generator_rows
from apps.training.models import TrainingRun
from apps.training.services import generator_train, rows_sha256
from ml_engine.config import GeneratorConfig


@transaction.atomic
def generator_train_ask(
    *,
    project: Project,
    config: GeneratorConfig,
    seed: int,
    learn_from_pool: bool,
    actor: User | None,
) -> tuple[TrainingRun, bool]:
    """Ask for a generator trained on what the project has now; the newest classifier judges it.

    Returns the run and whether it is new: the same settings, seed and images name the same run,
    however often they are asked for. Raises `Conflict` where there is nothing to learn from.
    """
    judge = classifier_newest(project)
    rows = generator_rows(
        checkpoint=judge,
        annotated=annotated_rows(project),
        learn_from_pool=learn_from_pool,
        confidence=config.pool_confidence,
    )
    if not rows:
        raise Conflict(
            "There is nothing to learn from: no image of the split train has a class yet."
            " Annotate some, or upload some with classes."
        )
    asked = [config.to_json(), seed, rows_sha256(rows), judge.pk if judge else None]
    key = f"generator:{hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()}"
    known = TrainingRun.objects.filter(project=project, job__key=key).first()
    if known:
        return known, False
    run = generator_train(
        project=project,
        config=config,
        seed=seed,
        rows=rows,
        title=f"Train a generator: {config.title}",
        key=key,
        judge=judge,
    )
    audit_record(
        actor=actor,
        action="generator.train",
        project_slug=project.slug,
        detail={"training_run": run.pk, "family": config.family, "seed": seed},
    )
    return run, True
