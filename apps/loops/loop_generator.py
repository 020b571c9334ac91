"""The generator that the loop draws from, and the one that it trains next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.loops.checks import LOOP_SETS, loop_generator_config
from apps.loops.models import Loop, Round
from apps.projects.models import Project
from apps.training.families import config_known, family_title, generator_check, unlike_defaults
from apps.training.models import TrainingRun
from ml_engine.config import ConfigError, GeneratorConfig


@dataclass(frozen=True, slots=True)
class LoopGenerator:
    """What the loop draws from now, and what its next round trains."""

    now: TrainingRun | None
    """The training of the newest round's generator; None where no round has come so far."""
    round_number: int | None
    """That round's."""
    now_title: str
    """Its family for people; empty without one."""
    title: str
    """Of the family that the next round trains."""
    settings: list[str]
    """Of that family: what is unlike its defaults, in words."""
    same: frozenset[int]
    """Training runs whose settings are the loop's already."""

    @property
    def goes_on(self) -> bool:
        """Whether the next round trains with the settings of what is drawn from now."""
        return self.now is not None and self.now.pk in self.same


def loop_generator(project: Project) -> LoopGenerator:
    """The loop's generator, now and next."""
    loop = Loop.objects.filter(project=project).first() or Loop(project=project)
    rounds = Round.objects.filter(project=project, generator__isnull=False)
    newest = rounds.select_related("generator__training_run").order_by("-number").first()
    now = newest.generator.training_run if newest and newest.generator else None
    try:
        config = _config(loop)
    except ConfigError:  # of a version that had other settings
        config = None
    return LoopGenerator(
        now=now,
        round_number=newest.number if newest else None,
        now_title=family_title(now.family) if now else "",
        title=family_title(loop.generator),
        settings=unlike_defaults(config, but=LOOP_SETS) if config else [],
        same=_trained_alike(loop, config) if config else frozenset(),
    )


def steps_field(run: TrainingRun) -> str:
    """The field of `Loop` that says how many steps such a training takes."""
    return "generator_refresh_steps" if run.warm_start_id else LOOP_SETS["steps"]


def loop_generator_check(loop: Loop) -> None:
    """Raise `ConfigError` where the loop's generator cannot be trained on its project's images."""
    generator_check(_config(loop), loop.project)


def _config(loop: Loop) -> GeneratorConfig:
    return loop_generator_config(
        loop.generator, loop.generator_parameters, loop.generator_steps, loop.mirror
    )


def _trained_alike(loop: Loop, config: GeneratorConfig) -> frozenset[int]:
    """The project's generators that the loop would train again as they were trained."""
    asked = _own(config)
    runs = TrainingRun.objects.filter(
        project=loop.project, kind=TrainingRun.Kind.GENERATOR, family=config.family
    )
    return frozenset(run.pk for run in runs if _is_alike(loop, run, asked))


def _is_alike(loop: Loop, run: TrainingRun, asked: dict[str, Any]) -> bool:
    config = config_known(run)
    if config is None:
        return False
    steps = getattr(config, "steps", None)
    return _own(config) == asked and steps in (None, getattr(loop, steps_field(run)))


def _own(config: GeneratorConfig) -> dict[str, Any]:
    """The settings that the loop does not set itself."""
    return {name: value for name, value in config.to_json().items() if name not in LOOP_SETS}
