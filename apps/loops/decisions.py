"""Writing what a round decided, and saying why in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count

from apps.evaluation.models import EvaluationRun
from apps.generation.models import GenerationRun, SyntheticImage
from apps.images.models import Image
from apps.jobs.services import Claim, claim_require, event_publish
from apps.loops.guarding import choosing_sentence, scoring_doubts
from apps.loops.models import Arm, Decision, Loop, Mix, MixImage, Round
from apps.loops.practising import is_practised
from apps.loops.refining import refining_sentence
from apps.loops.stand_ins import stand_in_sentence
from apps.training.learning import TrainingRow
from apps.training.services import rows_sha256

Interval = tuple[float, float, float]
"""Value, lower and upper 95% bound."""
MOST_NAMES, LONGEST_NAME = 5, 20
"""Of harmed classes in a reason, and letters of each: the decision's figures have them all."""


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
    practised_ratio: float | None = None
    """Where images were made in its trainings, synthetic ÷ real over the first seed's."""

    @property
    def name(self) -> str:
        """As a sentence calls it."""
        way = "ratio" if self.practised_ratio is None else "practice that begins at ratio"
        return f"{way} {self.ratio:g}"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The candidate against ratio 0 on test, paired by seed and image, as the controller judged."""

    accepted: bool
    gain: float
    low: float
    high: float
    """Interval of the gain at `level`."""
    image_count: int
    seed_count: int
    level: float = 0.95
    detectable: float | None = None
    """The true gain that would have been found with 80% probability."""
    pair: tuple[int, int, float] = (0, 0, 1.0)
    """Of the first seed's two models: images that only the candidate's classifies rightly, that
    only the control's does, and the exact probability (McNemar)."""
    pair_is_worse: bool = False
    classes: dict[str, dict[str, float]] = field(default_factory=dict)
    """Each class's change of recall with its interval and its probability (Holm)."""
    harmed_classes: dict[str, Interval] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """As the decision keeps them."""
        won, lost, p = self.pair
        return {
            "level": self.level,
            "seed_count": self.seed_count,
            "image_count": self.image_count,
            "detectable": self.detectable,
            "pair": {"won": won, "lost": lost, "p": p, "is_worse": self.pair_is_worse},
            "classes": self.classes,
            "harmed_classes": self.harmed_classes,
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a round tells beside its decision, as summary and decision keep it."""

    forecast: dict[str, Any] = field(default_factory=dict)
    """`{"annotations", "after", "gain": {value, low, high}}`, or `{"refusal"}`."""
    cost: dict[str, float] = field(default_factory=dict)
    """`{"seconds_per_annotation", "minutes"}` of the forecast; empty where nothing was timed."""
    equal_minutes: dict[str, Any] = field(default_factory=dict)
    """`{"minutes", "annotations", "gain"}` of judging the batch, had it gone into annotating."""
    pool: dict[str, Any] = field(default_factory=dict)
    """What the classifier made of the pool, beside the round's before it."""
    classes: dict[str, Any] = field(default_factory=dict)
    """By name, each class's change of recall on select since the round before."""


@transaction.atomic
def decision_record(
    *,
    claim: Claim,
    round_: Round,
    trials: Sequence[Trial],
    candidate: Trial,
    confirmation: Confirmation | None,
    outlook: Outlook,
) -> Decision:
    """Write arms, mix, decision and summary, and make the mix the one in use. Raises `Fenced`.

    Anything but an accepted confirmation means ratio 0.
    """
    claim_require(claim=claim)
    accepted = confirmation is not None and confirmation.accepted
    chosen = chosen_of(trials, candidate, confirmation)
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
        figures={
            **(confirmation.figures() if confirmation else {"harmed_classes": {}}),
            "equal_minutes": outlook.equal_minutes,
        },
        reason=reason(trials, candidate, confirmation, lack=_lack(round_)),
    )
    round_.summary = {
        **_summary(round_, trials, decision),
        "ratio_asked": chosen.ratio,
        "mixed_from": _mixed_from(chosen),
        "forecast": outlook.forecast,
        "forecast_cost": outlook.cost,
        "pool": outlook.pool,
        "classes": outlook.classes,
    }
    round_.save(update_fields=["summary"])
    Loop.objects.filter(project=round_.project_id).update(mix=mix)
    event_publish(
        project_id=round_.project_id,
        kind="round.decided",
        payload={"round": round_.number, "ratio": mix.ratio, **round_.summary["decision"]},
    )
    return decision


def real_only_of(trials: Sequence[Trial]) -> Trial:
    """The trial of real images alone, which is always there."""
    return next(trial for trial in trials if trial.ratio == 0)


def chosen_of(
    trials: Sequence[Trial], candidate: Trial, confirmation: Confirmation | None
) -> Trial:
    """The trial whose ratio is used from now on."""
    if confirmation is not None and confirmation.accepted:
        return candidate
    return real_only_of(trials)


def reason(
    trials: Sequence[Trial],
    candidate: Trial,
    confirmation: Confirmation | None,
    *,
    lack: str = "too few were found right",
) -> str:
    """The decision in a sentence or two; `lack`: why there was nothing to mix in, if so."""
    if len(trials) == 1:
        return (
            f"There was no synthetic image that might be mixed in: {lack}."
            " The mix stays at ratio 0."
        )
    real_only = real_only_of(trials)
    if candidate.ratio == 0:
        best = _best_with_synthetic(trials, real_only)
        return (
            f"Synthetic images did not help on select: {best.name} reached"
            f" {best.accuracy[0]:.1%}, real images alone {real_only.accuracy[0]:.1%}"
            f" ({len(best.per_seed)} seeds). Test was not read; the mix stays at ratio 0."
        )
    if confirmation is None:
        return (
            f"{candidate.name.capitalize()} was best on select, but there are no annotated images"
            " in test to confirm it on. The mix stays at ratio 0."
        )
    told = _gain_sentence(candidate, confirmation)
    if confirmation.accepted:
        return f"{told}; no class was harmed. The mix takes {candidate.name}."
    return f"{told}{_doubt(confirmation)} The mix stays at ratio 0."


def _lack(round_: Round) -> str:
    """Why a round has nothing to mix in."""
    run = round_.generation_run
    if run is None:
        return "no class has real images enough for a generator"
    if run.is_held:
        return "the batch was held back"
    return (
        "people did not certify the batch" if is_practised(round_) else "too few were found right"
    )


def _gain_sentence(candidate: Trial, confirmation: Confirmation) -> str:
    direction = "better" if confirmation.gain >= 0 else "worse"
    return (
        f"On test, {candidate.name} was {abs(confirmation.gain) * 100:.1f} points {direction} than"
        f" real images alone ({confirmation.level * 100:.3g}% interval"
        f" {confirmation.low * 100:+.1f} to {confirmation.high * 100:+.1f},"
        f" {confirmation.seed_count} seeds, {confirmation.image_count:,} images)"
    )


def _doubt(confirmation: Confirmation) -> str:
    """Why a candidate is refused: the end of a sentence, and what could have been found."""
    if confirmation.harmed_classes:
        return f", but it harmed {_listed(list(confirmation.harmed_classes))}."
    if confirmation.low > 0:
        won, lost, _ = confirmation.pair
        return (
            ", but of the first seed's two models, which stand for what is used, the one with"
            f" synthetic images was worse: {lost} images lost, {won} won."
        )
    if confirmation.detectable is None or confirmation.high < 0:
        return "; that is not certain." if confirmation.high >= 0 else "."
    return (
        "; that is not certain. Of so many seeds and images, a true gain of"
        f" {confirmation.detectable * 100:.1f} points would be found in four of five trials."
    )


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in names]
    if len(names) <= MOST_NAMES:
        return ", ".join(shown)
    return f"{', '.join(shown[:MOST_NAMES])} and {len(names) - MOST_NAMES} classes more"


def _best_with_synthetic(trials: Sequence[Trial], real_only: Trial) -> Trial:
    """Of the ratios that have as many seeds as real images alone; these where there is no other."""
    tried = [
        trial
        for trial in trials
        if trial.ratio > 0 and len(trial.per_seed) == len(real_only.per_seed)
    ]
    return max(tried, key=lambda trial: trial.accuracy[0], default=real_only)


def _mix_create(round_: Round, chosen: Trial) -> Mix:
    """The chosen ratio's training set, by what it was drawn from; doing it again replaces it."""
    Mix.objects.filter(round=round_).delete()
    arm = chosen.arms[0]
    rows = _rows_of_arm(arm)
    real_count = len(rows) - arm.synthetic_count
    practised = chosen.practised_ratio
    mix = Mix.objects.create(
        project_id=round_.project_id,
        round=round_,
        version=round_.version,
        ratio=arm.synthetic_count / real_count if practised is None else practised,
        # What is learnt from beside the real images of a practised mix lies in no version.
        asked_ratio=arm.ratio if practised is None else 0.0,
        most_synthetic_per_real=round_.settings["most_synthetic_per_real"],
        seed=arm.seed,
        real_count=real_count,
        synthetic_count=arm.synthetic_count,
        images_sha256=hashlib.sha256("\n".join(sha256 for sha256, _ in rows).encode()).hexdigest(),
        rows_sha256=rows_sha256(rows),
        practice=arm.training_run.practice if arm.training_run else {},
        practice_generator=arm.training_run.practice_generator if arm.training_run else None,
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


def _mixed_from(chosen: Trial) -> dict[str, int]:
    """Synthetic images of the mix by the number of the round that made them."""
    arm = chosen.arms[0]
    if not arm.synthetic_count:
        return {}
    of_mix = SyntheticImage.objects.filter(
        image__project=arm.round.project_id,
        image__sha256__in=[sha256 for sha256, _ in _rows_of_arm(arm)],
    )
    rows = of_mix.values_list("generation_run__round_number").annotate(count=Count("pk"))
    return {
        str(number or 0): count for number, count in rows.order_by("generation_run__round_number")
    }


def _summary(round_: Round, trials: Sequence[Trial], decision: Decision) -> dict[str, Any]:
    """The round's figures as pages and calls show them; `mixed` is the best arm with synthetic."""
    real_only = real_only_of(trials)
    mixed = _best_with_synthetic(trials, real_only)
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
        "choosing": choosing_sentence(round_),
        "doubts": scoring_doubts(round_),
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
