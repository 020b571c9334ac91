"""A round's batch on its way to people, or held back from them."""

from __future__ import annotations

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.evaluation.realism import realism_start
from apps.generation.models import GenerationRun
from apps.generation.selectors import strata_of
from apps.generation.services import batch_release_record
from apps.loops.models import Round
from apps.loops.selection import validation_questions
from apps.loops.services import safeguard_tell, seed_of
from apps.projects.models import Project
from apps.review.batches.acceptance import acceptance_open
from apps.review.models import RealismTest
from apps.review.services import review_tasks_create
from ml_engine.config import GuardConfig, settings_of

HELD = "held_batch"
"""The safeguard's name in a round."""


def guards_of(round_: Round) -> GuardConfig | None:
    """The round's limits for its batch; None where it began before there were any."""
    names = [name for name in settings_of(GuardConfig) if name in round_.settings]
    return GuardConfig(**{name: round_.settings[name] for name in names}) if names else None


def batch_put_to_people(*, round_: Round, batch: GenerationRun) -> None:
    """Ask people about a batch, unless it is held back: then the round says why, and goes on."""
    if batch.is_held:
        told = f"Batch {batch.pk} was held back before anybody looked at it. {batch.held_reason}"
        safeguard_tell(round_=round_, name=HELD, sentence=told)
        return
    review_tasks_create(
        project=round_.project,
        round_number=round_.number,
        questions=validation_questions(generation_run=batch, seed=seed_of(round_.seed, "validate")),
    )
    acceptance_open(
        project=round_.project,
        batch=batch.pk,
        strata=strata_of(batch),
        most_looks=round_.settings["validate_quota"],
    )
    _realism_ask_for(round_, batch)


def kept_batch_put_to_people(*, batch: GenerationRun) -> int:
    """Ask people about every image that somebody kept in the studio; returns how many.

    No draw decides of it, for nothing in it came by chance: there is no test, and an image that
    nobody accepts is not mixed in.
    """
    return review_tasks_create(
        project=batch.project,
        round_number=None,
        questions=validation_questions(
            generation_run=batch, seed=seed_of(batch.pk, "studio"), reason="kept in the studio"
        ),
    )


@transaction.atomic
def batch_release(*, project: Project, batch_id: int, actor: User | None) -> GenerationRun:
    """Put a batch to people although it is held back, while its round is at review.

    Raises `Conflict` where it is not held back, or its round has gone on.
    """
    round_ = (
        Round.objects.select_for_update(of=("self",))
        .filter(project=project, generation_run=batch_id, step=Round.Step.REVIEW)
        .first()
    )
    if round_ is None or round_.generation_run is None:
        raise Conflict(
            f"Batch {batch_id} can be put to people only while its round is at review; the next"
            " round makes another."
        )
    batch = round_.generation_run
    batch_release_record(generation_run=batch, actor=actor)
    batch_put_to_people(round_=round_, batch=batch)
    told = f"Batch {batch.pk} was held back, and {actor or 'somebody'} put it to people all the"
    told += f" same. {batch.held_reason}"
    safeguard_tell(round_=round_, name=HELD, sentence=told)
    audit_record(
        actor=actor,
        action="batch.release",
        project_slug=project.slug,
        detail={"batch": batch.pk, "reason": batch.held_reason},
    )
    return batch


def _realism_ask_for(round_: Round, batch: GenerationRun) -> None:
    count = round_.settings.get("realism_per_round", 0)
    if not count or RealismTest.objects.filter(batch=batch.pk).exists():
        return
    # A batch that was left empty cannot be tested; the round does without.
    with suppress(ValidationError):
        realism_start(generation_run=batch, count=count, seed=seed_of(round_.seed, "realism"))
