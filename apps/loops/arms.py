"""A round's arms: every ratio with a few seeds, then the better ones with more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apps.datasets.models import DatasetVersion
from apps.jobs.models import Job
from apps.jobs.services import job_enqueue
from apps.loops import recipes
from apps.loops.accumulation import accumulation_check
from apps.loops.asking import classifier_config_of, is_asked_for, is_done, job_of, key_of
from apps.loops.mixes import training_rows, version_candidates
from apps.loops.models import Arm, Mix, Round
from apps.loops.practising import is_practised, practices
from apps.loops.services import seed_of
from apps.projects.models import Project
from apps.training.practice import Practice
from apps.training.services import classifier_train


def arms_begin(
    *, project: Project, round_: Round, version: DatasetVersion, before: Mix | None = None
) -> None:
    """Try every ratio with the seeds of the first stage, at equal optimiser steps.

    Raises `StepFailedError` where the version lacks what `before`, the mix in use, holds.
    """
    found = version_candidates(version)
    accumulation_check(round_=round_, before=before, found=found)
    ratios = {0.0, *round_.settings["ratios"]}
    _arms_ask_for(project, round_, found, ratios, range(round_.settings["arm_seeds"]))


def arms_done(*, project: Project, round_: Round) -> bool:
    """Whether all stages are through; asks for what the next one needs.

    What a stage came to is the result of its job, and which seeds there are is told by the arms, so
    that it may be asked at any moment. Raises `StepFailedError`.
    """
    arms = list(round_.arms.all())
    if not is_done(round_, [_arm_key(round_, arm.ratio, arm.seed) for arm in arms]):
        return False
    reached = sum(arm.ratio == 0 for arm in arms)
    stages = round_.settings.get("more_arm_seeds", [])
    if len(arms) == reached or all(count <= reached for count in stages):
        return True
    key = key_of(round_, f"stage:{reached}")
    if not is_asked_for(round_, key):
        job_enqueue(
            project=project,
            kind="choose_arms",
            title=f"Round {round_.number}: choose the ratios that get more seeds",
            payload={"round": round_.pk},
            queue=Job.Queue.GPU,
            key=key,
        )
    if not is_done(round_, [key]):
        return False
    job = job_of(round_, key)
    if job is None or round_.version is None or not job.result["ratios"]:
        return True
    more = range(reached, job.result["seeds"])
    found = version_candidates(round_.version)
    _arms_ask_for(project, round_, found, job.result["ratios"], more)
    return False


def _arms_ask_for(
    project: Project,
    round_: Round,
    found: recipes.Candidates,
    ratios: Iterable[float],
    numbers: Iterable[int],
) -> None:
    """Train these ratios with the seeds of these numbers."""
    if is_practised(round_):
        _practice_ask_for(project, round_, found, ratios, numbers)
        return
    cap = round_.settings["most_synthetic_per_real"]
    for seed in _seeds(round_, numbers):
        tried: set[int] = set()
        for ratio in sorted(ratios):
            rows = recipes.mixed(found, recipes.Recipe(ratio, cap, seed))
            drawn = len(rows) - len(found.real)
            if drawn in tried:  # there are too few images for this ratio to differ
                continue
            tried.add(drawn)
            _arm_ask_for(project, round_, ratio, seed, rows, synthetic_count=drawn)


def _practice_ask_for(
    project: Project,
    round_: Round,
    found: recipes.Candidates,
    ratios: Iterable[float],
    numbers: Iterable[int],
) -> None:
    """Real images alone, and practice that begins at each ratio."""
    by_ratio = practices(round_, list(ratios))
    for seed in _seeds(round_, numbers):
        _arm_ask_for(project, round_, 0.0, seed, found.real)
        for ratio, practice in by_ratio.items():
            _arm_ask_for(project, round_, ratio, seed, found.real, practice=practice)


def _arm_ask_for(
    project: Project,
    round_: Round,
    ratio: float,
    seed: int,
    rows: Sequence[recipes.MixRow],
    *,
    synthetic_count: int = 0,
    practice: Practice | None = None,
) -> None:
    run = classifier_train(
        project=project,
        purpose="arm",
        config=classifier_config_of(round_, steps=round_.settings["arm_steps"], threads=1),
        seed=seed,
        rows=training_rows(rows),
        title=f"Round {round_.number}: try ratio {ratio:g}, seed {seed}",
        key=_arm_key(round_, ratio, seed),
        round_number=round_.number,
        evaluate_on=["select"],
        practice=practice,
    )
    Arm.objects.create(
        round=round_, ratio=ratio, seed=seed, training_run=run, synthetic_count=synthetic_count
    )


def _seeds(round_: Round, numbers: Iterable[int]) -> list[int]:
    return [seed_of(round_.seed, "arm", number) for number in numbers]


def _arm_key(round_: Round, ratio: float, seed: int) -> str:
    return key_of(round_, f"arm:{ratio:g}:{seed}")
