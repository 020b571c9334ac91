"""Practice in a round: arms whose synthetic images are made while their classifier trains."""

from __future__ import annotations

from apps.loops.asking import StepFailedError
from apps.loops.models import Arm, Loop, Mix, Round
from apps.loops.scarcity import scarce_classes
from apps.projects.selectors import annotation_class_list
from apps.training.practice import Practice
from ml_engine.config import PracticeConfig


def is_practised(round_: Round) -> bool:
    """Whether the round's ratios are of images made while a classifier trains."""
    mixing = round_.settings.get("mixing", Loop.Mixing.REVIEWED)  # older rounds have none
    return bool(mixing == Loop.Mixing.PRACTICE)


def practised_classes(round_: Round) -> list[int]:
    """Positions of the classes that the round's generator may make unseen.

    Those that people found good in its batch, looked at at random: a batch that they did not
    certify, or that was held back from them, speaks for none.
    """
    batch = round_.generation_run
    if round_.generator is None or batch is None or batch.is_held or not batch.admitted:
        return []
    refused = set(batch.audit.get("excluded_classes", []))
    scarce = scarce_classes(round_)
    return [
        known.position
        for known in annotation_class_list(round_.project)
        if known.name not in refused and known.position not in scarce
    ]


def practices(round_: Round, ratios: list[float]) -> dict[float, Practice]:
    """By ratio, how arms practise that begin at it, none twice; empty where nothing may be made."""
    classes, cap = practised_classes(round_), round_.settings["most_synthetic_per_real"]
    if round_.generator is None or not classes:
        return {}
    begun = {min(ratio, cap) for ratio in ratios if min(ratio, cap) > 0}
    return {
        ratio: Practice(round_.generator, classes, PracticeConfig(ratio=ratio, most_ratio=cap))
        for ratio in sorted(begun)
    }


def practised_ratio(arm: Arm) -> float | None:
    """Synthetic ÷ real over the arm's training; None where nothing was made in it."""
    run = arm.training_run
    if run is None or not run.practice:
        return None
    by_part: list[dict[str, float]] = run.checkpoint.metadata["practice"]["by_part"]
    # The first part, of real images alone, is not among them.
    return sum(part["ratio"] for part in by_part if part["kept"]) / (len(by_part) + 1)


def mix_practice(mix: Mix) -> Practice | None:
    """How a classifier that learns from `mix` practises; None where it does not.

    Raises `StepFailedError` where its generator is gone.
    """
    try:
        return Practice.from_json(mix.practice_generator, mix.practice)
    except ValueError as error:
        raise StepFailedError(str(error)) from error
