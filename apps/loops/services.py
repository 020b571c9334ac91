"""Starting, pausing, setting and rolling back a loop."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image
from apps.jobs.models import Job
from apps.jobs.services import event_publish, job_retry
from apps.loops.asking import key_of
from apps.loops.checks import LOOP_SETS
from apps.loops.cold_strategy import strategy_of
from apps.loops.loop_generator import loop_generator_check, steps_field
from apps.loops.models import Decision, Loop, Mix, Round
from apps.projects.models import Project
from apps.training.models import TrainingRun
from ml_engine.config import ConfigError, defaults_of, generator_config_from_json

NO_SETTINGS = ("project", "status", "status_reason", "mix")
"""Fields of `Loop` that are its state."""
LEAST_CLASSES = 2


def seed_of(*parts: object) -> int:
    """A seed of 31 bits for a purpose: the same parts give the same seed everywhere."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def loop_get_or_create(project: Project) -> Loop:
    """The project's loop; with default settings where nobody has looked at it yet."""
    return Loop.objects.get_or_create(project=project)[0]


@transaction.atomic
def loop_update(*, loop: Loop, values: dict[str, Any], actor: User | None) -> Loop:
    """Change settings; they hold from the next round on. Raises `ValidationError` by field.

    Another family of generators begins with its defaults, where its parameters are not given.
    """
    if values.get("generator", loop.generator) != loop.generator:
        values = {"generator_parameters": {}, **values}
    for name, value in values.items():
        if name in NO_SETTINGS:
            raise Conflict(f"{name} is no setting of the loop.")
        setattr(loop, name, value)
    loop.ratios = sorted({0.0, *loop.ratios})
    loop.full_clean()
    if {"generator", "generator_parameters"} & values.keys():
        _generator_check(loop)
    loop.save()
    audit_record(
        actor=actor, action="loop.update", project_slug=loop.project.slug, detail=_plain(values)
    )
    return loop


def _generator_check(loop: Loop) -> None:
    try:
        loop_generator_check(loop)
    except ConfigError as error:
        field = "generator_parameters" if error.setting else "generator"
        raise ValidationError({field: str(error)}) from error


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    simple = (str, int, float, bool, list, dict, type(None))
    return {
        name: value if isinstance(value, simple) else str(value) for name, value in values.items()
    }


def loop_generator_use(*, loop: Loop, training_run: TrainingRun, actor: User | None) -> Loop:
    """Let the loop train such a generator as this run did, from the next round on.

    Raises `Conflict` where the run is no generator's, or a generator's that the engine does not
    know any more; `ValidationError` as `loop_update`.
    """
    if training_run.kind != TrainingRun.Kind.GENERATOR:
        raise Conflict(f"Training run {training_run.pk} is no generator's.")
    try:
        config = generator_config_from_json(training_run.config)
    except ConfigError as error:
        raise Conflict(f"Its settings are not those of today's generators: {error}") from error
    defaults = defaults_of(type(config))
    values = {name: value for name, value in config.to_json().items() if name in defaults}
    changed = {
        name: value
        for name, value in values.items()
        if name not in LOOP_SETS and value != defaults[name]
    }
    steps = {steps_field(training_run): values["steps"]} if "steps" in values else {}
    return loop_update(
        loop=loop,
        values={"generator": config.family, "generator_parameters": changed, **steps},
        actor=actor,
    )


def loop_start(*, loop: Loop, actor: User | None) -> None:
    """Start the loop, or resume it where it was paused. Raises `Conflict` with what is missing."""
    if loop.status == Loop.Status.RUNNING:
        raise Conflict("The loop is running already.")
    _readiness_check(loop)
    _ended_badly_retry(loop, actor)
    _status_set(loop, Loop.Status.RUNNING, "", actor)


def loop_resume(*, loop: Loop, actor: User | None) -> None:
    """Let a paused loop go on; a job that failed is tried again. Raises `Conflict`."""
    if loop.status != Loop.Status.PAUSED:
        raise Conflict(f"Only a paused loop can be resumed; this one is {loop.status}.")
    loop_start(loop=loop, actor=actor)


def loop_pause(*, loop: Loop, actor: User | None, reason: str = "") -> None:
    """Begin no further step. A job that runs goes on to its end. Raises `Conflict`."""
    if loop.status != Loop.Status.RUNNING:
        raise Conflict(f"Only a running loop can be paused; this one is {loop.status}.")
    _status_set(loop, Loop.Status.PAUSED, reason, actor)


def loop_fail(*, loop: Loop, reason: str) -> None:
    """Pause the loop because a step failed, with the sentence that says what to do."""
    _status_set(loop, Loop.Status.PAUSED, reason, None)


def loop_reason_set(*, loop: Loop, reason: str) -> None:
    """Say what a running loop waits for."""
    _status_set(loop, loop.status, reason, None)


def _status_set(loop: Loop, status: str, reason: str, actor: User | None) -> None:
    with transaction.atomic():
        loop.status, loop.status_reason = status, reason[:300]
        loop.save(update_fields=["status", "status_reason"])
        event_publish(
            project_id=loop.project_id,
            kind="loop.status",
            payload={"status": status, "reason": loop.status_reason},
        )
        if actor:
            audit_record(actor=actor, action=f"loop.{status}", project_slug=loop.project.slug)


def what_is_missing(project: Project) -> str:
    """What a round needs and the project has not; empty where it has all."""
    images = Image.objects.filter(
        project=project, annotation_class__isnull=False, status=Image.Status.ACCEPTED
    )
    train = images.filter(split=Image.Split.TRAIN, origin=Image.Origin.REAL)
    if train.values("annotation_class").distinct().count() < LEAST_CLASSES:
        return (
            "The loop needs annotated images of at least two classes in the split train;"
            " upload some with classes, or more without for people to annotate."
        )
    if not images.filter(split=Image.Split.SELECT).exists():
        return (
            "The loop needs annotated images in the split select, on which it chooses ratios;"
            " upload some with split=select, or more without classes for people to annotate."
        )
    return ""


def _readiness_check(loop: Loop) -> None:
    """A loop needs annotated images, or images that people can be asked to annotate, and where
    its next step is a new round, a generator that can make such images."""
    project = loop.project
    missing = what_is_missing(project)
    pool = Image.objects.filter(
        project=project, split=Image.Split.POOL, status=Image.Status.UNREVIEWED
    )
    if missing and not pool.exists():
        raise Conflict(missing)
    if Round.objects.filter(project=project, finished_at=None).exists():
        return
    try:
        loop_generator_check(loop)
    except ConfigError as error:
        raise Conflict(f"{error} The loop's settings name its generator.") from error


def _ended_badly_retry(loop: Loop, actor: User | None) -> None:
    """Queue the unfinished round's failed or cancelled jobs again.

    But for the training of a generator that another already stands in for, and for what
    refinement asked for: the generator then learns from real images alone.
    """
    round_ = Round.objects.filter(project=loop.project, finished_at=None).first()
    if round_ is None:
        return
    jobs = Job.objects.filter(
        project=loop.project,
        key__startswith=key_of(round_, ""),
        status__in=Job.ENDED_BADLY,
    )
    jobs = jobs.exclude(kind="agree")
    if round_.generator_id:
        jobs = jobs.exclude(kind="train_generator")
    for job in jobs:
        job_retry(job=job, actor=actor)


@transaction.atomic
def loop_rollback(*, project: Project, round_number: int, actor: User | None) -> Mix:
    """Train on the mix of an earlier round from the next round on. Raises `Conflict`."""
    mix = Mix.objects.filter(project=project, round__number=round_number).first()
    if mix is None or mix.round is None:
        raise Conflict(f"Round {round_number} has no mix to go back to.")
    loop = Loop.objects.select_for_update().get(project=project)
    if loop.mix_id == mix.pk:
        raise Conflict(f"The mix of round {round_number} is the one in use.")
    loop.mix = mix
    loop.save(update_fields=["mix"])
    Decision.objects.create(
        round=mix.round,
        mix=mix,
        outcome=Decision.Outcome.ROLLED_BACK,
        candidate_ratio=mix.ratio,
        reason=f"{actor or 'Somebody'} went back to the mix of round {round_number}:"
        f" {mix.contents}.",
        actor=actor,
    )
    audit_record(
        actor=actor,
        action="loop.rollback",
        project_slug=project.slug,
        detail={"round": round_number},
    )
    event_publish(project_id=project.pk, kind="loop.rollback", payload={"round": round_number})
    return mix


def round_begin(*, loop: Loop) -> Round:
    """Open the next round with the settings as they are now."""
    if loop.status_reason:
        loop_reason_set(loop=loop, reason="")
    last = Round.objects.filter(project=loop.project).order_by("-number").first()
    number = last.number + 1 if last else 1
    strategy, why = strategy_of(loop)
    round_ = Round.objects.create(
        project=loop.project,
        number=number,
        seed=seed_of(loop.seed, "round", number),
        settings=_plain(model_to_dict(loop, exclude=NO_SETTINGS)),
        strategy=strategy,
        strategy_reason=why,
        step_times={Round.Step.TRAIN: timezone.now().isoformat()},
    )
    _step_publish(round_)
    return round_


@transaction.atomic
def round_step_set(*, round_: Round, step: str) -> None:
    """Come to a step, and say so."""
    round_.step = step
    round_.step_times[step] = timezone.now().isoformat()
    if step == Round.Step.DONE:
        round_.finished_at = timezone.now()
    round_.save()
    _step_publish(round_)


def safeguard_tell(*, round_: Round, name: str, sentence: str) -> None:
    """Keep what a safeguard did in the round, and say so; the same again says nothing."""
    if round_.safeguards.get(name) == sentence:
        return
    round_.safeguards[name] = sentence
    round_.save(update_fields=["safeguards"])
    event_publish(
        project_id=round_.project_id,
        kind="round.safeguard",
        payload={"round": round_.number, "safeguard": name, "reason": sentence},
    )


def _step_publish(round_: Round) -> None:
    done = round_.step == Round.Step.DONE
    event_publish(
        project_id=round_.project_id,
        kind="round.done" if done else "round.step",
        payload={"round": round_.number, "step": round_.step},
    )
