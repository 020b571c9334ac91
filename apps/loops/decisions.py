"""Writing what a round decided, and saying why in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from apps.evaluation.models import EvaluationRun
from apps.generation.models import GenerationRun
from apps.images.models import Image
from apps.jobs.services import Claim, claim_require, event_publish
from apps.loops.models import Arm, Decision, Loop, Mix, MixImage, Round
from apps.loops.refining import refining_sentence
from apps.loops.stand_ins import stand_in_sentence
from apps.training.learning import TrainingRow
from apps.training.services import rows_sha256

Interval = tuple[float, float, float]
"""Value, lower and upper 95% bound."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A ratio's figures on select, over its seeds."""

    ratio: float
    arms: Sequence[Arm]
    evaluation_runs: Sequence[EvaluationRun]
    accuracy: Interval
    macro_f1: Interval
    per_seed: Sequence[float]
    image_count: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The candidate against ratio 0 on test, paired by seed and image."""

    gain: float
    low: float
    high: float
    image_count: int
    harmed_classes: dict[str, Interval] = field(default_factory=dict)

    @property
    def convinces(self) -> bool:
        """Better with 95% certainty, and no class the worse for it."""
        return self.low > 0 and not self.harmed_classes


@transaction.atomic
def decision_record(
    *,
    claim: Claim,
    round_: Round,
    trials: Sequence[Trial],
    candidate: Trial,
    confirmation: Confirmation | None,
) -> Decision:
    """Write arms, mix, decision and summary, and make the mix the one in use. Raises `Fenced`.

    Anything but a convincing confirmation means ratio 0.
    """
    claim_require(claim=claim)
    accepted = confirmation is not None and confirmation.convinces
    chosen = candidate if accepted else next(trial for trial in trials if trial.ratio == 0)
    for trial in trials:
        for arm, run, accuracy in zip(
            trial.arms, trial.evaluation_runs, trial.per_seed, strict=True
        ):
            Arm.objects.filter(pk=arm.pk).update(evaluation_run=run, accuracy=accuracy)
    mix = _mix_create(round_, chosen)
    decision = Decision.objects.create(
        round=round_,
        mix=mix,
        outcome=Decision.Outcome.ACCEPTED if accepted else Decision.Outcome.REFUSED,
        candidate_ratio=candidate.ratio,
        gain=confirmation.gain if confirmation else None,
        low=confirmation.low if confirmation else None,
        high=confirmation.high if confirmation else None,
        figures={"harmed_classes": confirmation.harmed_classes if confirmation else {}},
        reason=reason(trials, candidate, confirmation),
    )
    round_.summary = _summary(round_, trials, decision)
    round_.save(update_fields=["summary"])
    Loop.objects.filter(project=round_.project_id).update(mix=mix)
    event_publish(
        project_id=round_.project_id,
        kind="round.decided",
        payload={"round": round_.number, "ratio": mix.ratio, **round_.summary["decision"]},
    )
    return decision


def reason(trials: Sequence[Trial], candidate: Trial, confirmation: Confirmation | None) -> str:
    """The decision in a sentence or two."""
    if len(trials) == 1:
        return (
            "There was no synthetic image that might be mixed in: too few were found right."
            " The mix stays at ratio 0."
        )
    real_only = next(trial for trial in trials if trial.ratio == 0)
    if candidate.ratio == 0:
        best = max(
            (trial for trial in trials if trial.ratio > 0), key=lambda trial: trial.accuracy[0]
        )
        return (
            f"Synthetic images did not help on select: ratio {best.ratio:g} reached"
            f" {best.accuracy[0]:.1%}, real images alone {real_only.accuracy[0]:.1%}"
            f" ({len(best.per_seed)} seeds). Test was not read; the mix stays at ratio 0."
        )
    if confirmation is None:
        return (
            f"Ratio {candidate.ratio:g} was best on select, but there are no annotated images in"
            " test to confirm it on. The mix stays at ratio 0."
        )
    direction = "better" if confirmation.gain >= 0 else "worse"
    figures = (
        f"On test, ratio {candidate.ratio:g} was {abs(confirmation.gain) * 100:.1f} points"
        f" {direction} than real images alone (95% interval {confirmation.low * 100:+.1f} to"
        f" {confirmation.high * 100:+.1f}, {len(candidate.per_seed)} seeds,"
        f" {confirmation.image_count:,} images)"
    )
    if confirmation.harmed_classes:
        names = ", ".join(confirmation.harmed_classes)
        return f"{figures}, but it harmed {names}. The mix stays at ratio 0."
    if confirmation.low <= 0:
        return f"{figures}; that is not certain. The mix stays at ratio 0."
    return f"{figures}; no class was harmed. The mix takes ratio {candidate.ratio:g}."


def _mix_create(round_: Round, chosen: Trial) -> Mix:
    """The chosen ratio's training set, by what it was drawn from; doing it again replaces it."""
    Mix.objects.filter(round=round_).delete()
    arm = chosen.arms[0]
    rows = _rows_of_arm(arm)
    real_count = len(rows) - arm.synthetic_count
    mix = Mix.objects.create(
        project_id=round_.project_id,
        round=round_,
        version=round_.version,
        ratio=arm.synthetic_count / real_count,
        asked_ratio=arm.ratio,
        most_synthetic_per_real=round_.settings["most_synthetic_per_real"],
        seed=arm.seed,
        real_count=real_count,
        synthetic_count=arm.synthetic_count,
        images_sha256=hashlib.sha256("\n".join(sha256 for sha256, _ in rows).encode()).hexdigest(),
        rows_sha256=rows_sha256(rows),
    )
    if mix.version is None:
        _images_keep(mix, rows)
    return mix


def _images_keep(mix: Mix, rows: Sequence[TrainingRow]) -> None:
    """As rows: the arms were drawn by a release that froze no version."""
    images = Image.objects.filter(
        project=mix.project_id, sha256__in=[sha256 for sha256, _ in rows]
    ).values_list("pk", flat=True)
    MixImage.objects.bulk_create(
        (MixImage(mix=mix, image_id=image_id) for image_id in images), batch_size=2000
    )


def _rows_of_arm(arm: Arm) -> list[TrainingRow]:
    if arm.training_run is None:
        raise ValueError(f"The arm of ratio {arm.ratio:g} and seed {arm.seed} was never trained.")
    return [(sha256, position) for sha256, position in arm.training_run.training_set.rows]


def _summary(round_: Round, trials: Sequence[Trial], decision: Decision) -> dict[str, Any]:
    """The round's figures as pages and calls show them; `mixed` is the best arm with synthetic."""
    real_only = next(trial for trial in trials if trial.ratio == 0)
    with_synthetic = [trial for trial in trials if trial.ratio > 0]
    mixed = max(with_synthetic, key=lambda trial: trial.accuracy[0], default=real_only)
    run = round_.generation_run
    return {
        "annotated": decision.mix.real_count,
        "synthetic_accepted": round_.version.synthetic_count if round_.version else 0,
        "ratio": decision.mix.ratio,
        "split": "select",
        "image_count": real_only.image_count,
        "seeds": [arm.seed for arm in real_only.arms],
        "real_only": _figures(real_only),
        "mixed": {**_figures(mixed), "ratio": mixed.ratio},
        "coverage": run.diversity.get("coverage") if run else None,
        "batch": _batch(run),
        "generator_kept": stand_in_sentence(round_),
        "refinement": refining_sentence(round_),
        "arms": [
            {
                "ratio": trial.ratio,
                "accuracy": _interval(trial.accuracy),
                "per_seed": [round(accuracy, 5) for accuracy in trial.per_seed],
                "synthetic_count": trial.arms[0].synthetic_count,
            }
            for trial in trials
        ],
        "decision": {
            "outcome": decision.outcome,
            "candidate_ratio": decision.candidate_ratio,
            "gain": decision.gain,
            "low": decision.low,
            "high": decision.high,
            "split": None if decision.gain is None else "test",
            "reason": decision.reason,
        },
    }


def _batch(run: GenerationRun | None) -> dict[str, Any] | None:
    """What people decided about the round's batch."""
    if run is None or not run.audit:
        return None
    names = ("status", "looks", "defects", "excluded_classes")
    return {"id": run.pk, **{name: run.audit.get(name) for name in names}}


def _figures(trial: Trial) -> dict[str, Any]:
    return {"accuracy": _interval(trial.accuracy), "macro_f1": _interval(trial.macro_f1)}


def _interval(interval: Interval) -> dict[str, float]:
    value, low, high = interval
    return {"value": round(value, 5), "low": round(low, 5), "high": round(high, 5)}
