"""The generator that a round draws from where the training of its own failed."""

from __future__ import annotations

from apps.jobs.models import Job
from apps.jobs.services import event_publish
from apps.loops.asking import job_of, key_of
from apps.loops.models import Loop, Round
from apps.loops.services import loop_reason_set
from apps.training.models import Checkpoint, TrainingRun


def stand_in_take(*, loop: Loop, round_: Round, failed: Job) -> bool:
    """Give the round its project's last good generator of its family, and say so.

    Returns whether there is one.
    """
    round_.generator = _last_good(round_)
    if round_.generator is None:
        return False
    round_.save(update_fields=["generator"])
    told = stand_in_sentence(round_)
    loop_reason_set(loop=loop, reason=told)
    event_publish(
        project_id=round_.project_id,
        kind="round.generator_kept",
        job_id=failed.pk,
        payload={
            "round": round_.number,
            "generator": round_.generator.pk,
            "from_round": round_.generator.training_run.round_number,
            "reason": told,
        },
    )
    return True


def stand_in_sentence(round_: Round) -> str:
    """Why the round's generator is not its own; empty where it is."""
    failed = failed_training(round_)
    if failed is None or round_.generator is None:
        return ""
    of_round = round_.generator.training_run.round_number
    whence = f"of round {of_round}" if of_round else "trained before"
    return (
        f"The generator's training in round {round_.number} failed, so the batch was made by the"
        f" last good one, {whence}. {failed.error}"
    )


def generator_key(round_: Round) -> str:
    """The key of the job that trains the round's generator."""
    return key_of(round_, "generator")


def failed_training(round_: Round) -> Job | None:
    """That job where it has failed."""
    job = job_of(round_, generator_key(round_))
    return job if job and job.status == Job.Status.FAILED else None


def _last_good(round_: Round) -> Checkpoint | None:
    """The newest of the round's family whose images had not collapsed."""
    checkpoints = Checkpoint.objects.filter(
        project=round_.project_id,
        kind=TrainingRun.Kind.GENERATOR,
        training_run__family=round_.settings["generator"],
    )
    good = checkpoints.exclude(metadata__health__collapsed=True)
    return good.select_related("training_run").order_by("-pk").first()
