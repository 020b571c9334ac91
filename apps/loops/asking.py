"""What the steps of a round share: keys of what they ask for, and whether it is there."""

from __future__ import annotations

from apps.jobs.models import Job
from apps.loops.models import Round
from apps.training.models import Checkpoint
from ml_engine.config import MEMBER_DROPOUT, MEMBER_STRATEGIES, ClassifierConfig


class StepFailedError(Exception):
    """A job of the step ended badly; the message is its sentence."""


def key_of(round_: Round, name: str) -> str:
    """The key of what a round asks for under that name: asked for again, it is the same job."""
    return f"round:{round_.number}:{name}"


def job_of(round_: Round, key: str) -> Job | None:
    """The job of that key, once it was asked for."""
    return Job.objects.filter(project=round_.project, key=key).first()


def is_asked_for(round_: Round, key: str) -> bool:
    """Whether it was asked for, however it ended."""
    return Job.objects.filter(project=round_.project, key=key).exists()


def is_done(round_: Round, keys: list[str]) -> bool:
    """Whether all these jobs have succeeded; raises `StepFailedError` if one cannot any more."""
    jobs = Job.objects.filter(project=round_.project, key__in=keys)
    ended_badly = jobs.filter(status__in=Job.ENDED_BADLY).first()
    if ended_badly:
        raise StepFailedError(
            f"{ended_badly.title}: {ended_badly.error or 'the job was cancelled.'}"
            " Start the loop again to retry."
        )
    return jobs.filter(status=Job.Status.SUCCEEDED).count() == len(keys)


def checkpoint_of(round_: Round, key: str) -> Checkpoint:
    """What the training of that key has left."""
    return Checkpoint.objects.get(
        training_run__job__key=key, training_run__job__project=round_.project
    )


def classifier_of(round_: Round) -> Checkpoint:
    """The round's classifier. Raises `StepFailedError` where it is lost."""
    if round_.classifier is None:
        raise StepFailedError(f"Round {round_.number} has lost its classifier; retrain it.")
    return round_.classifier


def classifier_before(round_: Round) -> int | None:
    """The id of the checkpoint of the classifier of the round before; None where there is none."""
    earlier = Round.objects.filter(project=round_.project_id, number=round_.number - 1)
    return earlier.values_list("classifier", flat=True).first()


def classifier_config_of(round_: Round, *, steps: int, threads: int = 2) -> ClassifierConfig:
    """How the round trains a classifier in so many steps."""
    return ClassifierConfig(
        network=round_.settings["classifier"],
        steps=steps,
        mirror=round_.settings["mirror"],
        dropout=MEMBER_DROPOUT if round_.settings["strategy"] in MEMBER_STRATEGIES else 0.0,
        threads=threads,
    )
