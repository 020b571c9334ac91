"""What turns of refinement changed: both models before and after each, in one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.evaluation.comparison import Interval
from apps.evaluation.measures import MEASURES, Measure
from apps.evaluation.models import EvaluationRun
from apps.images.models import Image
from apps.projects.models import Project
from apps.training.models import Checkpoint, RefinementTurn, TrainingRun

GENERATOR_MEASURES = ("coverage", "density", "kid", "precision", "recall")
ACCURACY = Measure("accuracy", "Accuracy", "share of images whose class it gets right")
LESS_IS_BETTER = ("kid",)
NEITHER_IS_BETTER = ("density",)
"""About 1 is best, so more of it may be better or worse."""
NOTHING_TOLD = "no difference can be told"


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after a turn, each with its 95% interval; None where there is none."""

    measure: Measure
    before: Interval | None
    after: Interval | None

    @property
    def both(self) -> tuple[Interval | None, Interval | None]:
        """Before and after."""
        return self.before, self.after

    @property
    def verdict(self) -> str:
        """In words: what the intervals tell, which is nothing where they overlap."""
        before, after = self.before, self.after
        if before is None or after is None:
            return ""
        if None in (before.low, before.high, after.low, after.high):
            return NOTHING_TOLD
        rose, fell = _is_below(before, after), _is_below(after, before)
        if not (rose or fell):
            return NOTHING_TOLD
        if self.measure.name in NEITHER_IS_BETTER:
            return "higher" if rose else "lower"
        return "better" if rose != (self.measure.name in LESS_IS_BETTER) else "worse"


def _is_below(one: Interval, other: Interval) -> bool:
    return one.high is not None and other.low is not None and one.high < other.low


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A classifier's accuracy on select before a turn and after it."""

    change: Change
    image_counts: tuple[int | None, int | None]
    """Images of select that each was measured on; None for one that was not."""
    same_images: bool
    """Whether both were measured on exactly the same images."""
    after: Checkpoint | None
    """The next round's classifier; None until it is trained."""


@dataclass(frozen=True, slots=True)
class TurnReport:
    """A turn of refinement with what it changed."""

    turn: RefinementTurn
    generator: list[Change]
    """Empty until both are measured."""
    refusals: list[str]
    """Why generators were not measured, or not by all measures."""
    classifier: Accuracy

    @property
    def generator_after(self) -> Checkpoint | None:
        """The generator that learnt in the turn; None until it is trained."""
        return getattr(self.turn.training_run, "checkpoint", None)

    @property
    def image_count(self) -> int:
        """Guidance images that the generators were measured beside."""
        return int(self.turn.report.get("after", {}).get("image_count", 0))


def refinement_reports(project: Project, turns: Sequence[RefinementTurn]) -> list[TurnReport]:
    """The reports of these turns of the project, in their order."""
    following = _classifiers_of_rounds(project, [turn.round_number + 1 for turn in turns])
    checkpoints = [turn.classifier_id for turn in turns]
    checkpoints += [checkpoint.pk for checkpoint in following.values()]
    measured = _on_select(checkpoints)
    return [
        TurnReport(
            turn=turn,
            generator=_generator_changes(turn.report),
            refusals=_refusals(turn.report),
            classifier=_accuracy(turn, following.get(turn.round_number + 1), measured),
        )
        for turn in turns
    ]


def _classifiers_of_rounds(project: Project, numbers: Sequence[int]) -> dict[int, Checkpoint]:
    """The classifier that each of these rounds trained first of all, by the round's number."""
    checkpoints = Checkpoint.objects.filter(
        project=project,
        kind=TrainingRun.Kind.CLASSIFIER,
        training_run__purpose="deployed",
        training_run__round_number__in=numbers,
    ).select_related("training_run")
    return {one.training_run.round_number or 0: one for one in checkpoints.order_by("pk")}


def _on_select(checkpoints: Sequence[int]) -> dict[int, list[EvaluationRun]]:
    """What these classifiers were measured on, the newest first, by checkpoint."""
    runs = EvaluationRun.objects.filter(
        checkpoint__in=checkpoints, split=Image.Split.SELECT, generation_run=None
    )
    found: dict[int, list[EvaluationRun]] = {}
    for run in runs.order_by("-pk").prefetch_related("metrics"):
        found.setdefault(run.checkpoint_id, []).append(run)
    return found


def _accuracy(
    turn: RefinementTurn, following: Checkpoint | None, measured: dict[int, list[EvaluationRun]]
) -> Accuracy:
    """On one list of images where both were measured on one, else on the newest of each."""
    befores = measured.get(turn.classifier_id, [])
    afters = measured.get(following.pk, []) if following else []
    pairs = [
        (before, after)
        for before in befores
        for after in afters
        if before.images_sha256 == after.images_sha256
    ]
    before, after = pairs[0] if pairs else (next(iter(befores), None), next(iter(afters), None))
    return Accuracy(
        change=Change(ACCURACY, _accuracy_of(before), _accuracy_of(after)),
        image_counts=(
            before.image_count if before else None,
            after.image_count if after else None,
        ),
        same_images=bool(pairs),
        after=following,
    )


def _accuracy_of(run: EvaluationRun | None) -> Interval | None:
    metrics = run.metrics.all() if run else []
    found = (one for one in metrics if one.name == "accuracy" and one.annotation_class_id is None)
    metric = next(found, None)
    return Interval(metric.value, metric.low, metric.high) if metric else None


def _generator_changes(report: dict[str, Any]) -> list[Change]:
    if not report:
        return []
    before, after = (report[side]["figures"] for side in ("before", "after"))
    measures = {measure.name: measure for measure in MEASURES}
    return [
        Change(measures[name], _interval(before.get(name)), _interval(after.get(name)))
        for name in GENERATOR_MEASURES
        if name in before or name in after
    ]


def _interval(figure: dict[str, float] | None) -> Interval | None:
    return Interval(figure["value"], figure["low"], figure["high"]) if figure else None


def _refusals(report: dict[str, Any]) -> list[str]:
    """Each sentence once, of the measures that the report shows."""
    shown = {"all", *GENERATOR_MEASURES}
    sentences = [
        sentence
        for side in ("before", "after")
        for name, sentence in report.get(side, {}).get("refusals", {}).items()
        if name in shown
    ]
    return list(dict.fromkeys(sentences))
