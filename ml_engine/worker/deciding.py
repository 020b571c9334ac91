"""The job that chooses a round's ratio: on select, then confirmed once on test."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.evaluation.models import EvaluationRun
from apps.images.models import Image
from apps.loops.decisions import Confirmation, Trial, decision_record
from apps.loops.models import Arm, Round
from apps.projects.selectors import annotation_class_list
from ml_engine.significance import accuracy_interval, macro_f1_interval, paired_bootstrap
from ml_engine.worker.context import JobContext
from ml_engine.worker.evaluation import answers, evaluate

Interval = tuple[float, float, float]
"""Value, lower and upper 95% bound."""


@dataclass(frozen=True)
class _Answers:
    """What the seeds of one ratio answered on one list of images."""

    targets: NDArray[np.int64]
    predictions: NDArray[np.int64]
    """(S, N)"""

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(S, N)"""
        return np.equal(self.predictions, self.targets)


def evaluate_round(context: JobContext) -> dict[str, Any]:
    """Compare the arms and write the round's decision, mix and summary."""
    round_ = Round.objects.select_related("generation_run").get(pk=context.payload["round"])
    arms = _arms_by_ratio(round_)
    trials = [_trial(context, round_, ratio, arms[ratio]) for ratio in sorted(arms)]
    # Of equals the smaller ratio wins: a synthetic image must prove that it helps.
    candidate = max(trials, key=lambda trial: (trial.accuracy[0], -trial.ratio))
    confirmation = None
    if candidate.ratio > 0:
        confirmation = _confirm(context, round_, arms[0.0], arms[candidate.ratio])
    decision = decision_record(
        claim=context.claim,
        round_=round_,
        trials=trials,
        candidate=candidate,
        confirmation=confirmation,
    )
    return {"outcome": decision.outcome, "ratio": decision.mix.ratio}


def _arms_by_ratio(round_: Round) -> dict[float, list[Arm]]:
    arms: dict[float, list[Arm]] = defaultdict(list)
    for arm in round_.arms.select_related("training_run__checkpoint").order_by("ratio", "seed"):
        arms[arm.ratio].append(arm)
    return arms


def _trial(context: JobContext, round_: Round, ratio: float, arms: list[Arm]) -> Trial:
    """One ratio's figures on select, over its seeds."""
    runs = [_evaluation(arm, Image.Split.SELECT) for arm in arms]
    seen = _Answers(*answers(runs))
    class_count = context.project.annotation_classes.count()
    return Trial(
        ratio=ratio,
        arms=arms,
        evaluation_runs=runs,
        accuracy=accuracy_interval(seen.correct, round_.seed),
        macro_f1=macro_f1_interval(seen.targets, seen.predictions, class_count, round_.seed),
        per_seed=seen.correct.mean(axis=1).tolist(),
        image_count=len(seen.targets),
    )


def _evaluation(arm: Arm, split: str) -> EvaluationRun:
    if arm.training_run is None:
        raise ValueError(f"The arm of ratio {arm.ratio:g} and seed {arm.seed} was never trained.")
    return EvaluationRun.objects.filter(checkpoint=arm.training_run.checkpoint, split=split).latest(
        "pk"
    )


def _confirm(
    context: JobContext, round_: Round, control: list[Arm], treatment: list[Arm]
) -> Confirmation | None:
    """Read test, once: the candidate against real images alone, seed by seed and image by image."""
    if not Image.objects.filter(
        project=context.project,
        split=Image.Split.TEST,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
    ).exists():
        return None
    before = _on_test(context, control)
    after = _on_test(context, treatment)
    result = paired_bootstrap(before.correct, after.correct, round_.seed)
    return Confirmation(
        gain=result.gain,
        low=result.low,
        high=result.high,
        image_count=len(before.targets),
        harmed_classes=_harmed(context, round_, before, after),
    )


def _on_test(context: JobContext, arms: list[Arm]) -> _Answers:
    checkpoints = [arm.training_run.checkpoint for arm in arms if arm.training_run]
    return _Answers(
        *answers([evaluate(context, checkpoint, Image.Split.TEST) for checkpoint in checkpoints])
    )


def _harmed(
    context: JobContext, round_: Round, before: _Answers, after: _Answers
) -> dict[str, Interval]:
    """Classes whose recall fell by more than the loop allows, and surely fell at all."""
    harmed = {}
    for annotation_class in annotation_class_list(context.project):
        of_class = before.targets == annotation_class.position
        if not of_class.any():
            continue
        change = paired_bootstrap(
            before.correct[:, of_class], after.correct[:, of_class], round_.seed
        )
        if change.gain < -round_.settings["most_class_drop"] and change.high < 0:
            harmed[annotation_class.name] = (change.gain, change.low, change.high)
    return harmed
