"""The jobs that choose a round's ratio: in stages on select, then confirmed once on test.

What it decides by is `ml_engine.controller`; here rows are read and written.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.evaluation.models import EvaluationRun
from apps.images.models import Image
from apps.loops.decisions import Confirmation, Trial, chosen_of, decision_record
from apps.loops.models import Arm, Round
from apps.loops.practising import practised_ratio
from apps.projects.selectors import annotation_class_list
from ml_engine import controller
from ml_engine.controller.harm import ClassChange
from ml_engine.significance import accuracy_interval, macro_f1_interval
from ml_engine.worker.context import JobContext
from ml_engine.worker.evaluation import answers, evaluate
from ml_engine.worker.outlook import outlook_of


@dataclass(frozen=True)
class _Seen:
    """What the seeds of one ratio answered on one list of images."""

    runs: list[EvaluationRun]
    targets: NDArray[np.int64]
    predictions: NDArray[np.int64]
    """(S, N)"""

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(S, N)"""
        return np.equal(self.predictions, self.targets)

    @classmethod
    def of(cls, runs: list[EvaluationRun]) -> _Seen:
        """By one run a seed."""
        return cls(runs, *answers(runs))


def evaluate_round(context: JobContext) -> dict[str, Any]:
    """Compare the arms and write the round's decision, mix and summary."""
    round_ = Round.objects.select_related("generation_run").get(pk=context.payload["round"])
    arms = _arms_by_ratio(round_)
    seen = {ratio: _on_select(of_ratio) for ratio, of_ratio in arms.items()}
    trials = [_trial(context, round_, ratio, arms[ratio], seen[ratio]) for ratio in sorted(arms)]
    on_select = {ratio: each.correct for ratio, each in seen.items()}
    ratio = controller.candidate_of(on_select)
    confirmation = None
    if ratio > 0:
        compared = controller.compared_count(on_select)
        confirmation = _confirm(context, round_, arms[0.0], arms[ratio], compared)
    candidate = next(trial for trial in trials if trial.ratio == ratio)
    decision = decision_record(
        claim=context.claim,
        round_=round_,
        trials=trials,
        candidate=candidate,
        confirmation=confirmation,
        outlook=outlook_of(round_, trials, chosen_of(trials, candidate, confirmation)),
    )
    return {"outcome": decision.outcome, "ratio": decision.mix.ratio}


def choose_arms(context: JobContext) -> dict[str, Any]:
    """After a stage: the ratios that get more seeds, and how many they then have."""
    round_ = Round.objects.get(pk=context.payload["round"])
    on_select = {ratio: _on_select(arms).correct for ratio, arms in _arms_by_ratio(round_).items()}
    stage = controller.next_stage(on_select, round_.settings["more_arm_seeds"], seed=round_.seed)
    if stage is None:
        return {"ratios": [], "seeds": 0}
    return {"ratios": list(stage.ratios), "seeds": stage.seeds}


def _arms_by_ratio(round_: Round) -> dict[float, list[Arm]]:
    arms: dict[float, list[Arm]] = defaultdict(list)
    for arm in round_.arms.select_related("training_run__checkpoint").order_by("ratio", "seed"):
        arms[arm.ratio].append(arm)
    return arms


def _on_select(arms: list[Arm]) -> _Seen:
    return _Seen.of([_evaluation(arm) for arm in arms])


def _trial(context: JobContext, round_: Round, ratio: float, arms: list[Arm], seen: _Seen) -> Trial:
    """One ratio's figures on select, over its seeds."""
    class_count = context.project.annotation_classes.count()
    return Trial(
        ratio=ratio,
        arms=arms,
        evaluation_runs=seen.runs,
        accuracy=accuracy_interval(seen.correct, round_.seed),
        macro_f1=macro_f1_interval(seen.targets, seen.predictions, class_count, round_.seed),
        per_seed=seen.correct.mean(axis=1).tolist(),
        image_count=len(seen.targets),
        practised_ratio=practised_ratio(arms[0]),
    )


def _evaluation(arm: Arm) -> EvaluationRun:
    if arm.training_run is None:
        raise ValueError(f"The arm of ratio {arm.ratio:g} and seed {arm.seed} was never trained.")
    return EvaluationRun.objects.filter(
        checkpoint=arm.training_run.checkpoint, split=Image.Split.SELECT
    ).latest("pk")


def _confirm(
    context: JobContext, round_: Round, control: list[Arm], treatment: list[Arm], compared: int
) -> Confirmation | None:
    """Read test, once: the candidate against real images alone, seed by seed and image by image."""
    if not Image.objects.filter(
        project=context.project,
        split=Image.Split.TEST,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
    ).exists():
        return None
    before, after = _on_test(context, control), _on_test(context, treatment)
    found = controller.confirm(
        before.correct,
        after.correct,
        before.targets,
        seed=round_.seed,
        most_drop=round_.settings["most_class_drop"],
        compared=compared,
    )
    names = {item.position: item.name for item in annotation_class_list(context.project)}
    return Confirmation(
        accepted=found.accepted,
        gain=found.gain,
        low=found.low,
        high=found.high,
        level=found.level,
        seed_count=found.seeds,
        image_count=found.images,
        detectable=found.detectable,
        pair=(found.pair.won, found.pair.lost, found.pair.p),
        pair_is_worse=found.pair.is_worse,
        classes={names[change.position]: _figures(change) for change in found.classes},
        harmed_classes={
            names[change.position]: (change.change, change.low, change.high)
            for change in found.harmed
        },
    )


def _on_test(context: JobContext, arms: list[Arm]) -> _Seen:
    checkpoints = [arm.training_run.checkpoint for arm in arms if arm.training_run]
    return _Seen.of([evaluate(context, each, Image.Split.TEST) for each in checkpoints])


def _figures(change: ClassChange) -> dict[str, float]:
    return {
        "change": round(change.change, 5),
        "low": round(change.low, 5),
        "high": round(change.high, 5),
        "p": round(change.p, 5),
        "image_count": change.images,
    }
