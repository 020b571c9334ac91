"""What a round's job finds out beside its decision: what is to be expected, and what has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.evaluation.confusions import hashes_of
from apps.evaluation.models import EvaluationRun
from apps.evaluation.services import positions_unpack
from apps.images.models import Image
from apps.jobs.models import Job
from apps.loops.asking import job_of, key_of
from apps.loops.decisions import Outlook, Trial, real_only_of
from apps.loops.models import Loop, Round
from apps.loops.report.facts import answered_by_round, asked_by_round
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list
from apps.review.models import ReviewTask
from ml_engine.controller.harm import class_changes
from ml_engine.learning_curve import LEAST_ROUNDS, CurvePoint, LearningCurve, fit

Kind = ReviewTask.Kind


def outlook_of(round_: Round, trials: Sequence[Trial], used: Trial) -> Outlook:
    """By the round's arms on select; `used` are those of the ratio that is used from now on."""
    curve = fit(_points(round_, trials))
    cost = _cost_of_annotation(round_.project)
    more = _annotations_ahead(round_)
    return Outlook(
        forecast=_forecast(curve, more),
        cost={"seconds_per_annotation": cost, "minutes": cost * more / 60} if cost else {},
        equal_minutes=_equal_minutes(round_, curve, cost),
        pool=_pool(round_),
        classes=_class_changes(round_, used),
    )


def _points(round_: Round, trials: Sequence[Trial]) -> list[CurvePoint]:
    """Real-only arms of this round and of those before it, as far as they kept their seeds."""
    earlier = Round.objects.filter(
        project=round_.project_id, number__lt=round_.number, finished_at__isnull=False
    ).values_list("summary", flat=True)
    points = [
        CurvePoint(summary["annotated"], arm["per_seed"])
        for summary in earlier
        for arm in summary.get("arms", [])
        if arm["ratio"] == 0
    ]
    real_only = real_only_of(trials)
    run = real_only.arms[0].training_run
    count = run.manifest["count"] if run else 0
    return [*points, CurvePoint(count, real_only.per_seed)]


def _forecast(curve: LearningCurve | None, more: int) -> dict[str, Any]:
    if curve is None:
        return {
            "refusal": f"What more annotations would bring is told from {LEAST_ROUNDS} rounds on"
            " that differ in their number."
        }
    if not more:
        return {"refusal": "The pool has no image left to annotate."}
    return {
        "annotations": more,
        "after": curve.annotations,
        "gain": asdict(curve.gain(more)),
    }


def _annotations_ahead(round_: Round) -> int:
    """How many images the next round lets people annotate, as the loop is set now."""
    loop = Loop.objects.get(project=round_.project_id)
    left = Image.objects.filter(
        project=round_.project_id, split=Image.Split.POOL, status=Image.Status.UNREVIEWED
    ).count()
    # Without a quota nobody is waited for, but all that are asked about may be answered.
    return min(loop.annotate_per_round, loop.annotate_quota or loop.annotate_per_round, left)


def _cost_of_annotation(project: Project) -> float | None:
    """Seconds of people's time an annotated image, over all rounds; None where none is known.

    All answers of a question count: where several people answer, an annotation costs as much more.
    """
    minutes, timed = 0.0, False
    for parts in answered_by_round(project, None).values():
        for part in parts:
            if part.kind in (Kind.ANNOTATE, Kind.ADJUDICATE) and part.minutes is not None:
                minutes, timed = minutes + part.minutes, True
    annotated = sum(
        part.answered
        for parts in asked_by_round(project, None).values()
        for part in parts
        if part.kind == Kind.ANNOTATE
    )
    return 60 * minutes / annotated if timed and annotated else None


def _equal_minutes(
    round_: Round, curve: LearningCurve | None, cost: float | None
) -> dict[str, Any]:
    """What the minutes spent on judging the batch would have brought, spent on real images."""
    spent = [
        part.minutes
        for part in answered_by_round(round_.project, round_.number).get(round_.number, [])
        if part.kind == Kind.VALIDATE and part.minutes is not None
    ]
    if not spent or not cost:
        return {}
    annotations = 60 * sum(spent) / cost
    told: dict[str, Any] = {"minutes": sum(spent), "annotations": annotations}
    return told | {"gain": asdict(curve.gain(annotations))} if curve else told


def _pool(round_: Round) -> dict[str, Any]:
    """What the job that scored the pool saw of it."""
    job: Job | None = job_of(round_, key_of(round_, "score"))
    found: dict[str, Any] = (job.result if job else {}).get("pool", {})
    return found


# --- Classes ----------------------------------------------------------------------------------
def _class_changes(round_: Round, used: Trial) -> dict[str, Any]:
    """Each class's recall on select against the round before, on the images that both measured.

    Seeds of two rounds are no pairs, so any order of them is as good; both sides use as many.
    """
    before = Round.objects.filter(project=round_.project_id, number=round_.number - 1).first()
    if before is None or "ratio_asked" not in before.summary:
        return {}
    of_before = before.arms.filter(ratio=before.summary["ratio_asked"])
    earlier = EvaluationRun.objects.filter(pk__in=of_before.values("evaluation_run"))
    paired = _paired(list(earlier.order_by("pk")), list(used.evaluation_runs))
    if paired is None:
        return {}
    names = {item.position: item.name for item in annotation_class_list(round_.project)}
    return {
        names[change.position]: {
            "change": change.change,
            "low": change.low,
            "high": change.high,
            "p": change.p,
            "image_count": change.images,
            "surely_fell": change.is_harmed,
        }
        for change in class_changes(*paired, most_drop=0.0)
    }


def _paired(
    earlier: Sequence[EvaluationRun], later: Sequence[EvaluationRun]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]] | None:
    """Answers of both on the images that both measured, and these images' classes."""
    seeds = min(len(earlier), len(later))
    if not seeds:
        return None
    before, now = _places(earlier[0]), _places(later[0])
    shared = sorted(before.keys() & now.keys())
    if not shared:
        return None
    targets = _positions(later[0].targets)[[now[each] for each in shared]]
    return (
        _right(earlier[:seeds], [before[each] for each in shared], targets),
        _right(later[:seeds], [now[each] for each in shared], targets),
        targets,
    )


def _places(run: EvaluationRun) -> Mapping[str, int]:
    """Where each image stands in the list that was measured; empty where the list is not kept."""
    return {sha256: place for place, sha256 in enumerate(hashes_of(run) or [])}


def _right(
    runs: Sequence[EvaluationRun], places: Sequence[int], targets: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(seeds, images)"""
    return np.stack([_positions(run.predictions)[places] == targets for run in runs])


def _positions(packed: bytes | memoryview[int]) -> NDArray[np.int64]:
    return np.array(positions_unpack(bytes(packed)), np.int64)
