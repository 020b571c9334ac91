"""Refinement in a round: whether its generator also learns from synthetic images, and the report.

Off unless the loop's settings ask for turns. What fails here never stops a round: its generator
then learns from real images alone.
"""

from __future__ import annotations

from apps.jobs.models import Job
from apps.jobs.services import event_publish
from apps.loops.asking import classifier_of, job_of, key_of
from apps.loops.models import Loop, Round
from apps.loops.services import loop_reason_set, seed_of
from apps.training.learning import accepted_synthetic
from apps.training.models import Checkpoint, RefinementTurn
from apps.training.refinement import agreement_ask, refinement_report_ask


def is_awaited(*, loop: Loop, round_: Round, before: Checkpoint | None) -> bool:
    """Whether the generator's training waits until the classifier has looked at synthetic images.

    Asks for that where a turn is due; `before` is what the training begins from. Where the job
    ended badly it waits no more, and says so.
    """
    key = _agreement_key(round_)
    job = job_of(round_, key)
    if job is None:
        generator = before or _last_generator(round_)
        if generator is None or not _is_due(round_):
            return False
        agreement_ask(
            project=round_.project,
            round_number=round_.number,
            classifier=classifier_of(round_),
            generator=generator,
            confidence=round_.settings["refine_confidence"],
            title=f"Round {round_.number}: look for synthetic images to learn from",
            key=key,
        )
        return True
    if turn_of(round_) is not None:
        return False
    if job.status in Job.ENDED_BADLY:
        _say_it_failed(loop, round_, job)
        return False
    return job.status != Job.Status.SUCCEEDED


def _is_due(round_: Round) -> bool:
    wanted = int(round_.settings.get("refine_turns", 0))  # older rounds have none
    if not wanted or not accepted_synthetic(round_.project).exists():
        return False
    return RefinementTurn.objects.filter(project=round_.project).count() < wanted


def _last_generator(round_: Round) -> Checkpoint | None:
    """What made the last round's images, where the loop has gone over to another family since."""
    last = Round.objects.filter(
        project=round_.project, number__lt=round_.number, generator__isnull=False
    ).order_by("-number")
    return getattr(last.select_related("generator").first(), "generator", None)


def _say_it_failed(loop: Loop, round_: Round, job: Job) -> None:
    told = refining_sentence(round_)
    loop_reason_set(loop=loop, reason=told)
    event_publish(
        project_id=round_.project_id,
        kind="round.not_refined",
        job_id=job.pk,
        payload={"round": round_.number, "reason": told},
    )


def turn_of(round_: Round) -> RefinementTurn | None:
    """The round's turn; None where it has none."""
    return RefinementTurn.objects.filter(
        project=round_.project_id, round_number=round_.number
    ).first()


def refining_sentence(round_: Round) -> str:
    """What refinement came to in the round; empty where it was not tried."""
    turn = turn_of(round_)
    if turn is not None and turn.training_run_id is not None:
        return (
            f"Turn {turn.number} of refinement: the generator also learnt from"
            f" {len(turn.fed_rows)} synthetic images."
        )
    job = job_of(round_, _agreement_key(round_))
    if job is None or job.status not in Job.ENDED_BADLY:
        return str(job.result.get("reason", "")) if job and job.result else ""
    return (
        f"Round {round_.number} could not look for synthetic images to learn from, so its generator"
        f" learns from real images alone. {job.error or 'The job was cancelled.'}"
    )


def report_ask_for(round_: Round) -> None:
    """Where the generator learnt in a turn, ask for its measures and those of the one before.

    Nothing waits for them.
    """
    turn = turn_of(round_)
    if turn is None or turn.training_run_id is None:
        return
    refinement_report_ask(
        turn=turn,
        seed=seed_of(round_.seed, "refinement-report"),
        title=f"Round {round_.number}: compare the generator with the one before",
        key=key_of(round_, "refinement-report"),
    )


def _agreement_key(round_: Round) -> str:
    return key_of(round_, "refine")
