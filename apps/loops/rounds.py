"""A round as a restartable state machine.

`round_advance` looks at the round's step, asks for what the step needs, and
goes on once that is there. All it asks for carries a key, so that doing it
again, as after a restart, changes nothing. The conductor calls it every second.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from apps.datasets.models import DatasetVersion
from apps.datasets.selection import Selection
from apps.datasets.services import version_freeze_enqueue
from apps.generation.feedback import feedback_of
from apps.generation.models import GenerationRun
from apps.generation.services import generation_enqueue
from apps.generation.targets import Target
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.loops import audits, recipes, selection
from apps.loops.arms import arms_begin, arms_done
from apps.loops.asking import (
    StepFailedError,
    checkpoint_of,
    classifier_before,
    classifier_config_of,
    classifier_of,
    is_asked_for,
    is_done,
    key_of,
)
from apps.loops.batches import batch_put_to_people, guards_of
from apps.loops.cold_features import features_await, features_folder
from apps.loops.cold_start import first_annotations_await
from apps.loops.generators import generator_trained
from apps.loops.leaks import leaks_stop
from apps.loops.mixes import mix_rows, training_rows
from apps.loops.models import Loop, Round
from apps.loops.practising import mix_practice
from apps.loops.scarcity import scarce_classes
from apps.loops.services import (
    loop_fail,
    round_begin,
    round_step_set,
    seed_of,
)
from apps.loops.stand_ins import generator_key
from apps.loops.stopping import stopping_sentence
from apps.review.answers.rejudging import judging_enqueue
from apps.review.batches.acceptance import acceptance_update
from apps.review.batches.looks import batch_test
from apps.review.models import ReviewSettings, ReviewTask
from apps.review.selectors import review_settings_get
from apps.review.services import review_tasks_create, review_tasks_withdraw
from apps.training.services import classifier_train

Step = Round.Step


def loop_advance(*, loop: Loop) -> None:
    """Bring a running loop's round one step further if it can be; begin a round if there is none.

    Only one caller at a time works on a loop; others pass by.
    """
    with transaction.atomic():
        locked = (
            Loop.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("project", "mix")
            .filter(pk=loop.pk, status=Loop.Status.RUNNING)
            .first()
        )
        if locked is None:
            return
        round_ = Round.objects.filter(project=locked.project, finished_at=None).first()
        if round_ is None and _is_over(locked):
            loop_fail(loop=locked, reason=f"Round {locked.stop_after_round} is done, as asked for.")
            return
        if round_ is None and (enough := stopping_sentence(locked)):
            loop_fail(loop=locked, reason=enough)
            return
        if round_ is None and first_annotations_await(loop=locked):
            return
        round_ = round_ or round_begin(loop=locked)
        try:
            following = STEPS[Step(round_.step)](locked, round_)
        except StepFailedError as failure:
            loop_fail(loop=locked, reason=str(failure))
            return
        if following:
            round_step_set(round_=round_, step=following)


def _is_over(loop: Loop) -> bool:
    return (
        loop.stop_after_round is not None
        and Round.objects.filter(project=loop.project, number__gte=loop.stop_after_round).exists()
    )


# --- The steps: each returns the step that follows, or None while there is something to wait for
def _train(loop: Loop, round_: Round) -> str | None:
    """Train the classifier on the mix in use; at first on the annotated images."""
    key = key_of(round_, "train")
    if not is_asked_for(round_, key):
        leaks_stop(round_)
        rows = mix_rows(loop.mix) if loop.mix else recipes.real_rows(loop.project)
        classifier_train(
            project=loop.project,
            purpose="deployed",
            config=classifier_config_of(round_, steps=round_.settings["classifier_steps"]),
            seed=seed_of(round_.seed, "train"),
            rows=training_rows(rows),
            title=f"Round {round_.number}: train the classifier",
            key=key,
            round_number=round_.number,
            evaluate_on=["select"],
            practice=mix_practice(loop.mix) if loop.mix else None,
        )
    if not is_done(round_, [key]):
        return None
    round_.classifier = checkpoint_of(round_, key)
    return Step.SCORE


def _score(loop: Loop, round_: Round) -> str | None:
    """Ask the classifier about every image that it may look at, once features are there."""
    key = key_of(round_, "score")
    if not is_asked_for(round_, key):
        if features_await(round_):
            return None
        job_enqueue(
            project=loop.project,
            kind="score",
            title=f"Round {round_.number}: score the pool",
            payload={
                "checkpoint": round_.classifier_id,
                "before": classifier_before(round_),
                "seed": seed_of(round_.seed, "score"),
                "strategy": round_.asks_by,
                "count": round_.settings["annotate_per_round"],
                "random_share": round_.settings["random_share"],
                "guard_share": round_.settings.get("guard_share", 0.0),
                "features": features_folder(round_),
            },
            queue=Job.Queue.GPU,
            key=key,
        )
    return Step.SELECT if is_done(round_, [key]) else None


def _select(loop: Loop, round_: Round) -> str | None:
    """Ask people about the least sure images; they may begin while the generator trains."""
    if round_.number > 1:
        review_tasks_withdraw(project=loop.project, round_number=round_.number - 1)
    review_tasks_create(
        project=loop.project,
        round_number=round_.number,
        questions=selection.annotation_questions(
            checkpoint=classifier_of(round_),
            strategy=round_.asks_by,
            why=round_.strategy_reason,
            count=round_.settings["annotate_per_round"],
            random_share=round_.settings["random_share"],
            seed=seed_of(round_.seed, "select"),
        ),
    )
    return Step.GENERATE


def _generate(loop: Loop, round_: Round) -> str | None:
    """Train the generator, from its last checkpoint if there is one, and aim a batch."""
    making = key_of(round_, "generate")
    if not is_asked_for(round_, generator_key(round_)) and not _targets(round_):
        return Step.REVIEW  # every class is scarce, and the round says so
    generator = round_.generator or generator_trained(loop, round_)
    if generator is None:
        return None
    if not is_asked_for(round_, making):
        targets = _targets(round_)
        if not targets:
            return Step.REVIEW
        generation_enqueue(
            project=loop.project,
            generator=generator,
            classifier=classifier_of(round_),
            targets=targets,
            keep=round_.settings["generate_per_round"],
            seed=seed_of(round_.seed, "generate"),
            title=f"Round {round_.number}: make images like the uncertain ones",
            key=making,
            round_number=round_.number,
            feedback=feedback_of(loop.project),
            guards=guards_of(round_),
            way=round_.settings.get("aim_way"),  # older rounds have none
        )
    if not is_done(round_, [making]):
        return None
    round_.generation_run = GenerationRun.objects.get(
        project=loop.project, job__key=making, job__project=loop.project
    )
    batch_put_to_people(round_=round_, batch=round_.generation_run)
    return Step.REVIEW


def _targets(round_: Round) -> list[Target]:
    """What the round's batch is aimed at; reads all that was scored, so not at every look."""
    return selection.aim_targets(
        checkpoint=classifier_of(round_),
        strategy=round_.asks_by,
        keep=round_.settings["generate_per_round"],
        left_out=scarce_classes(round_),
        slice_quota=round_.settings.get("slice_quota", 0.0),  # older rounds have none
    )


def _review(loop: Loop, round_: Round) -> str | None:
    """Wait until the batch is certified or refused, and people have annotated what is needed."""
    if round_.generation_run_id:
        acceptance_update(batch=round_.generation_run_id)
    return None if any(reviews_due(round_).values()) else Step.MIX


def reviews_due(round_: Round) -> dict[str, int]:
    """How many decisions of each kind the round still waits for, at most.

    The batch needs no more looks once its test is decided.
    """
    tasks = ReviewTask.objects.filter(project=round_.project, round_number=round_.number)
    quotas = {
        ReviewTask.Kind.ANNOTATE: round_.settings["annotate_quota"],
        ReviewTask.Kind.VALIDATE: round_.settings["validate_quota"],
    }
    due = {}
    for kind, quota in quotas.items():
        asked = tasks.filter(kind=kind).exclude(status=ReviewTask.Status.WITHDRAWN)
        decided = asked.filter(status=ReviewTask.Status.DONE).count()
        due[kind.value] = max(0, min(quota, asked.count()) - decided)
    if _batch_is_decided(round_):
        due[ReviewTask.Kind.VALIDATE.value] = 0
    return due


def _batch_is_decided(round_: Round) -> bool:
    test = batch_test(round_.generation_run_id) if round_.generation_run_id else None
    return test is not None and test.decided_at is not None


def _mix(loop: Loop, round_: Round) -> str | None:
    """Freeze what may be mixed, and try every ratio; the better ones with more and more seeds."""
    if not round_.arms.exists():
        if not _is_judged(round_):
            return None
        version = _frozen(round_)
        if version is None:
            return None
        arms_begin(project=loop.project, round_=round_, version=version, before=loop.mix)
    return Step.EVALUATE if arms_done(project=loop.project, round_=round_) else None


def _is_judged(round_: Round) -> bool:
    """Whether answers are judged as the project asks: by majority at once, else by a job."""
    policy = review_settings_get(round_.project)
    if policy.truth_method == ReviewSettings.TruthMethod.MAJORITY:
        return True
    key = key_of(round_, "judge")
    if not is_asked_for(round_, key):
        title = f"Round {round_.number}: judge people's answers"
        judging_enqueue(project=round_.project, title=title, key=key)
    return is_done(round_, [key])


def _frozen(round_: Round) -> DatasetVersion | None:
    """The version that all mixes of the round are drawn from; None until it is frozen."""
    key = key_of(round_, "freeze")
    if not is_asked_for(round_, key):
        leaks_stop(round_)
        if round_.generation_run:
            audits.batch_audit(generation_run=round_.generation_run)
        version_freeze_enqueue(
            project=round_.project,
            selection=Selection(),
            note=f"Round {round_.number}: what its mixes are drawn from",
            actor=None,
            title=f"Round {round_.number}: freeze what may be mixed",
            key=key,
        )
    if not is_done(round_, [key]):
        return None
    number = Job.objects.get(project=round_.project, key=key).result["version"]
    round_.version = DatasetVersion.objects.get(project=round_.project, number=number)
    round_.save(update_fields=["version"])
    return round_.version


def _evaluate(loop: Loop, round_: Round) -> str | None:
    """Choose on select, confirm on test, and write the decision: a job, for it takes arithmetic."""
    key = key_of(round_, "evaluate")
    if not is_asked_for(round_, key):
        job_enqueue(
            project=loop.project,
            kind="evaluate_round",
            title=f"Round {round_.number}: choose the ratio",
            payload={"round": round_.pk},
            queue=Job.Queue.GPU,
            key=key,
        )
    if not is_done(round_, [key]):
        return None
    round_.refresh_from_db()
    return Step.DONE


STEPS: dict[Round.Step, Callable[[Loop, Round], str | None]] = {
    Step.TRAIN: _train,
    Step.SCORE: _score,
    Step.SELECT: _select,
    Step.GENERATE: _generate,
    Step.REVIEW: _review,
    Step.MIX: _mix,
    Step.EVALUATE: _evaluate,
}
