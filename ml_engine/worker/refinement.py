"""Jobs of refinement: which accepted synthetic images the classifier agrees with, and the report
of a generator before and after it learnt from them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from apps.generation.models import SyntheticImage
from apps.images.models import Image
from apps.training.learning import TrainingRow, accepted_synthetic_rows
from apps.training.models import Checkpoint, RefinementTurn
from apps.training.refinement import refinement_report_record, refinement_turn_record
from ml_engine.classifiers.inference import TrainedClassifier, load_classifier
from ml_engine.generators.training import load_generator
from ml_engine.measures.intervals import Estimate
from ml_engine.worker.beside import Beside, RealImages
from ml_engine.worker.context import JobContext
from ml_engine.worker.measuring import Seen, classifier_title, measured
from ml_engine.worker.packing import engine_path
from ml_engine.worker.predicting import predictions_of


class OpinionsForgottenError(LookupError):
    """The classifier's view of the real images is not kept any more."""


def agree(context: JobContext) -> dict[str, Any]:
    """Write the round's turn of refinement: what people accepted and a classifier agrees with.

    No prediction is kept: what a classifier's predictions are of are real images.
    """
    payload = context.payload
    classifier = Checkpoint.objects.get(pk=payload["classifier"])
    offered = accepted_synthetic_rows(context.project)
    rows = [
        row
        for judge, asked in _impartial(classifier, offered)
        for row in _agreed(context, judge, asked, payload["confidence"])
    ]
    turn = refinement_turn_record(
        claim=context.claim,
        project=context.project,
        round_number=payload["round_number"],
        classifier=classifier,
        generator_before=Checkpoint.objects.get(pk=payload["generator"]),
        confidence=payload["confidence"],
        offered=len(offered),
        rows=rows,
    )
    told = {"offered": len(offered), "agreed": len(rows), "turn": turn.number if turn else None}
    return told if turn else {**told, "reason": _no_turn(rows)}


def _impartial(
    classifier: Checkpoint, offered: list[TrainingRow]
) -> list[tuple[Checkpoint, list[TrainingRow]]]:
    """Who is asked about which rows: nobody about images that they learnt from.

    Those that are in the mix that `classifier` learnt from are judged by the one that aimed their
    batch, which had none of them; where there was none, by nobody.
    """
    learnt = {sha256 for sha256, _ in classifier.training_run.training_set.rows}
    aimed_by = dict(
        SyntheticImage.objects.filter(
            image__project=classifier.project_id,
            image__sha256__in=[sha256 for sha256, _ in offered if sha256 in learnt],
            generation_run__classifier__isnull=False,
        ).values_list("image__sha256", "generation_run__classifier")
    )
    judges = Checkpoint.objects.in_bulk({*aimed_by.values(), classifier.pk})
    asked: dict[int, list[TrainingRow]] = defaultdict(list)
    for sha256, position in offered:
        if sha256 not in learnt:
            asked[classifier.pk].append((sha256, position))
        elif sha256 in aimed_by:
            asked[aimed_by[sha256]].append((sha256, position))
    return [(judges[pk], rows) for pk, rows in asked.items()]


def _agreed(
    context: JobContext, judge: Checkpoint, rows: list[TrainingRow], confidence: float
) -> list[TrainingRow]:
    """The rows whose class `judge` sees with at least this confidence."""
    hashes = [sha256 for sha256, _ in rows]
    probabilities = predictions_of(context, judge, hashes, on_event=context.publish).probabilities
    positions = np.array([position for _, position in rows], np.int64)
    agrees = (probabilities.argmax(axis=1) == positions) & (
        probabilities.max(axis=1, initial=0) >= confidence
    )
    return [row for row, is_kept in zip(rows, agrees, strict=True) if is_kept]


def _no_turn(rows: list[TrainingRow]) -> str:
    if rows:
        return "The round's generator trains already; it learns from real images alone."
    return (
        "The classifier agrees with none of the synthetic images that people accepted, so the"
        " generator learns from real images alone. A lower refine_confidence lets more in."
    )


def report_refinement(context: JobContext) -> dict[str, Any]:
    """Measure a turn's generator and the one before it beside the same guidance images.

    Both draw the same seeds and classes. Raises `OpinionsForgottenError`.
    """
    turn = RefinementTurn.objects.select_related(
        "classifier__training_run", "generator_before", "training_run__checkpoint"
    ).get(pk=context.payload["turn"])
    if turn.training_run is None:
        raise LookupError(f"The generator of turn {turn.number} was never trained.")
    real = RealImages(turn.classifier)
    if not real.ids:
        raise OpinionsForgottenError(
            f"What the {classifier_title(turn.classifier)} sees in real images is kept for two"
            " rounds only, so this turn can be measured no more."
        )
    classifier = load_classifier(engine_path(turn.classifier.folder))
    generators = {"before": turn.generator_before, "after": turn.training_run.checkpoint}
    seed = context.payload["seed"]
    found = {
        name: _measured(generator, turn.classifier, classifier, real, seed)
        for name, generator in generators.items()
    }
    report = {
        "network": classifier_title(turn.classifier),
        "split": Image.Split.GUIDANCE.value,
        "seed": seed,
        **found,
    }
    refinement_report_record(claim=context.claim, turn=turn, report=report)
    return {"turn": turn.number, "image_count": found["after"]["image_count"]}


def _measured(
    generator: Checkpoint,
    judge: Checkpoint,
    classifier: TrainedClassifier,
    real: RealImages,
    seed: int,
) -> dict[str, Any]:
    """Figures of one generator as JSON."""
    beside = Beside(load_generator(engine_path(generator.folder)), classifier, real, seed)
    report = measured(Seen.by_classifier(beside, judge), seed).report
    return {
        "generator": generator.pk,
        "image_count": len(beside.rows),
        "figures": {name: _json(estimate) for name, estimate in report.figures.items()},
        "refusals": report.refusals,
    }


def _json(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
