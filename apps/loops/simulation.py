"""Rounds without people: a simulated annotator, and the reference model by which it judges.

The answers themselves are given by a job, through the services that people use.
"""

from __future__ import annotations

from apps.accounts.models import User
from apps.accounts.services import user_create
from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.loops.asking import key_of
from apps.loops.models import Loop, Round
from apps.loops.services import seed_of
from apps.projects.models import Membership, Project
from apps.training.models import TrainingRun
from apps.training.services import classifier_train
from ml_engine.config import ClassifierConfig

USERNAME = "oracle"


class NothingHeldBackError(ValueError):
    """The project has no held-back classes to answer from."""


def oracle_join(*, project: Project) -> User:
    """The simulated annotator as a member of the project."""
    user = User.objects.filter(username=USERNAME).first() or user_create(username=USERNAME)
    Membership.objects.get_or_create(
        project=project, user=user, defaults={"role": Membership.Role.ANNOTATOR}
    )
    return user


def reference_train(*, loop: Loop) -> TrainingRun:
    """Ask for the reference model: a classifier that has seen every held-back class.

    Raises `NothingHeldBackError` with a sentence.
    """
    images = Image.objects.filter(project=loop.project, origin=Image.Origin.REAL)
    held_back = images.filter(held_back_class__isnull=False).exclude(
        status=Image.Status.QUARANTINED
    )
    if not held_back.exists():
        raise NothingHeldBackError(
            f"The project {loop.project.slug} holds no classes back, so there is nothing to"
            " simulate an annotator with. The demo does: ./manage.py demo."
        )
    annotated = images.filter(
        split=Image.Split.TRAIN, status=Image.Status.ACCEPTED, held_back_class__isnull=True
    )
    rows = [
        *held_back.values_list("sha256", "held_back_class__annotation_class__position"),
        *annotated.values_list("sha256", "annotation_class__position"),
    ]
    seed = seed_of(loop.seed, "reference")
    return classifier_train(
        project=loop.project,
        purpose="reference",
        config=ClassifierConfig(
            network=loop.classifier, steps=2 * loop.classifier_steps, mirror=loop.mirror
        ),
        seed=seed,
        rows=rows,
        title="Simulated annotator: train its reference model",
        key=f"reference:{seed}",
        evaluate_on=["select"],
    )


def oracle_answer(*, round_: Round, reference: TrainingRun) -> Job:
    """Ask the simulated annotator for the decisions that the round waits for."""
    return job_enqueue(
        project=round_.project,
        kind="answer_as_oracle",
        title=f"Round {round_.number}: simulated annotator",
        payload={
            "round": round_.pk,
            "reference": reference.pk,
            "user": oracle_join(project=round_.project).pk,
        },
        queue=Job.Queue.GPU,
        key=key_of(round_, "oracle"),
    )
