"""The generator of a round: trained on from the last one, or stood in for where that fails."""

from __future__ import annotations

from apps.loops import refining
from apps.loops.asking import checkpoint_of, classifier_of, is_asked_for, is_done
from apps.loops.checks import loop_generator_config
from apps.loops.models import Loop, Round
from apps.loops.services import seed_of
from apps.loops.stand_ins import failed_training, generator_key, stand_in_take
from apps.training.learning import (
    annotated_rows,
    generator_rows,
    refinement_draw,
    warm_start_for,
)
from apps.training.models import Checkpoint
from apps.training.refinement import refinement_turn_train
from apps.training.services import generator_train
from ml_engine.config import GeneratorConfig


def generator_trained(loop: Loop, round_: Round) -> Checkpoint | None:
    """The round's generator once its training has ended; where that failed, the last good one."""
    key = generator_key(round_)
    if not is_asked_for(round_, key):
        config, before = _config_of(loop, round_)
        if refining.is_awaited(loop=loop, round_=round_, before=before):
            return None
        _generator_ask_for(round_, key, config, before)
    failed = failed_training(round_)
    if failed and stand_in_take(loop=loop, round_=round_, failed=failed):
        return round_.generator
    if not is_done(round_, [key]):
        return None
    round_.generator = checkpoint_of(round_, key)
    round_.save(update_fields=["generator"])
    refining.report_ask_for(round_)
    return round_.generator


def _config_of(loop: Loop, round_: Round) -> tuple[GeneratorConfig, Checkpoint | None]:
    """How the round's generator is trained, and what it is trained on from."""
    settings = round_.settings
    parameters = settings.get("generator_parameters", {})  # older rounds have none
    config = loop_generator_config(
        settings["generator"], parameters, settings["generator_steps"], settings["mirror"]
    )
    before = warm_start_for(loop.project, config)
    if before:
        config = loop_generator_config(
            settings["generator"], parameters, settings["generator_refresh_steps"], config.mirror
        )
    return config, before


def _generator_ask_for(
    round_: Round, key: str, config: GeneratorConfig, before: Checkpoint | None
) -> None:
    real = generator_rows(
        checkpoint=classifier_of(round_),
        annotated=annotated_rows(round_.project),
        learn_from_pool=round_.settings["learn_from_pool"],
        confidence=config.pool_confidence,
    )
    turn = refining.turn_of(round_)
    synthetic = refinement_draw(real, turn.agreed, seed_of(round_.seed, "refine")) if turn else []
    run = generator_train(
        project=round_.project,
        config=config,
        seed=seed_of(round_.seed, "generator"),
        rows=[*real, *synthetic],
        title=f"Round {round_.number}: train the generator",
        key=key,
        round_number=round_.number,
        warm_start=before,
        judge=classifier_of(round_),
    )
    if turn:
        refinement_turn_train(turn=turn, training_run=run, rows=synthetic)
