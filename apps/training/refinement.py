"""Refinement: a generator also learns from synthetic images that people and a classifier accept.

A turn is written before its training is asked for, with all that it learns from; nothing of
it is changed later but that its report is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, job_enqueue
from apps.projects.models import Project
from apps.training.learning import TrainingRow
from apps.training.models import Checkpoint, RefinementTurn, TrainingRun


def agreement_ask(
    *,
    project: Project,
    round_number: int,
    classifier: Checkpoint,
    generator: Checkpoint,
    confidence: float,
    title: str,
    key: str,
) -> Job:
    """Ask which of the synthetic images that people accepted the classifier agrees with.

    It agrees where it sees the class that they accepted with at least that calibrated
    `confidence`, 0 to 1. `generator` is what the turn begins from.
    """
    return job_enqueue(
        project=project,
        kind="agree",
        title=title,
        payload={
            "round_number": round_number,
            "classifier": classifier.pk,
            "generator": generator.pk,
            "confidence": confidence,
        },
        queue=Job.Queue.GPU,
        key=key,
    )


@transaction.atomic
def refinement_turn_record(
    *,
    claim: Claim,
    project: Project,
    round_number: int,
    classifier: Checkpoint,
    generator_before: Checkpoint,
    confidence: float,
    offered: int,
    rows: Sequence[TrainingRow],
) -> RefinementTurn | None:
    """Write a round's turn with what the classifier agrees with, once. Raises `Fenced`.

    None where there is nothing, or where the round's generator already trains without it.
    """
    claim_require(claim=claim)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    turns = RefinementTurn.objects.filter(project=project)
    known = turns.filter(round_number=round_number).first()
    if known or not rows or _trains_already(project, round_number):
        return known
    last = turns.aggregate(last=Max("number"))["last"] or 0
    return RefinementTurn.objects.create(
        project=project,
        number=last + 1,
        round_number=round_number,
        classifier=classifier,
        generator_before=generator_before,
        confidence=confidence,
        offered=offered,
        rows=sorted(rows),
    )


def _trains_already(project: Project, round_number: int) -> bool:
    return TrainingRun.objects.filter(
        project=project, kind=TrainingRun.Kind.GENERATOR, round_number=round_number
    ).exists()


def refinement_turn_train(
    *, turn: RefinementTurn, training_run: TrainingRun, rows: Sequence[TrainingRow]
) -> None:
    """Keep with a turn the training that it is for, and the synthetic rows that this learns from.

    Those that another training learnt from already are left as they are.
    """
    if turn.training_run_id is not None:
        return
    turn.training_run, turn.fed_rows = training_run, sorted(rows)
    turn.save(update_fields=["training_run", "fed_rows"])


def refinement_report_ask(*, turn: RefinementTurn, seed: int, title: str, key: str) -> Job:
    """Ask for the turn's generator and the one before it, measured beside the same real images."""
    return job_enqueue(
        project=turn.project,
        kind="report_refinement",
        title=title,
        payload={"turn": turn.pk, "seed": seed},
        queue=Job.Queue.GPU,
        key=key,
    )


@transaction.atomic
def refinement_report_record(*, claim: Claim, turn: RefinementTurn, report: dict[str, Any]) -> None:
    """Keep what was measured of both generators. Raises `Fenced`."""
    claim_require(claim=claim)
    turn.report = report
    turn.save(update_fields=["report"])


# --- Reading --------------------------------------------------------------------------------
def refinement_turn_list(project: Project) -> QuerySet[RefinementTurn]:
    """The project's turns, newest first, each with its models."""
    turns = RefinementTurn.objects.filter(project=project).select_related(
        "project",
        "classifier__training_run",
        "generator_before__training_run",
        "training_run__checkpoint",
        "training_run__job",
    )
    return turns.order_by("-id")


def turns_fed_with(image: Image) -> list[RefinementTurn]:
    """The turns whose generators learn from this synthetic image, oldest first."""
    turns = RefinementTurn.objects.filter(
        project=image.project_id, fed_rows__contains=[[image.sha256]]
    )
    return list(turns.select_related("training_run").order_by("number"))


def turns_behind(training_run: TrainingRun) -> list[RefinementTurn]:
    """The turns in which the generators learnt that a training began from, oldest first.

    What it learnt from itself may be real images alone, and it has learnt from those turns all
    the same.
    """
    runs = TrainingRun.objects.filter(
        project=training_run.project_id, kind=TrainingRun.Kind.GENERATOR
    )
    began_from = dict(runs.values_list("pk", "warm_start__training_run"))
    behind: set[int] = set()
    before = began_from.get(training_run.pk)
    while before is not None and before not in behind:
        behind.add(before)
        before = began_from.get(before)
    return list(RefinementTurn.objects.filter(training_run__in=behind).order_by("number"))
