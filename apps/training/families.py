"""Families of generators: what people are told of them, and which of them a project can train."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.projects.models import Project
from apps.projects.selectors import image_shape
from apps.training.models import TrainingRun
from apps.training.pipelines import NO_PIPELINES, pipeline_check
from ml_engine.config import (
    FAMILIES,
    ConfigError,
    DiffusersLoraConfig,
    GeneratorConfig,
    Value,
    defaults_of,
    generator_config_from_json,
    settings_of,
)

CAPITALS = {"ema": "EMA", "r1": "R1", "ddim": "DDIM", "kl": "KL"}
"""Parts of settings' names that people write in capitals."""
TYPES = {bool: "boolean", int: "integer", float: "number", str: "text"}


@dataclass(frozen=True, slots=True)
class SettingCard:
    """A setting of a family for people and programs."""

    name: str
    meaning: str
    part: str
    """What it is about: the heading under which forms show it."""
    type: str
    """One of the values of `TYPES`."""
    default: Value
    choices: tuple[str, ...]
    """All values of a text; empty where any is taken."""
    at_least: float | None
    at_most: float | None
    above: float | None
    below: float | None


@dataclass(frozen=True, slots=True)
class FamilyCard:
    """A family of generators for people: a template would make an object of the class itself."""

    family: str
    title: str
    about: str
    presets: dict[str, dict[str, Any]]
    """By name: settings that differ from the defaults together."""
    steps: Value | None
    """By default; None where the family takes none."""
    batch_size: Value | None
    refusal: str
    """Why the project cannot train it, whatever its settings; empty where it can."""

    @property
    def settings(self) -> list[SettingCard]:
        """All that can be set, in the order in which it is declared."""
        return setting_cards(FAMILIES[self.family])


def setting_cards(config: type[GeneratorConfig]) -> list[SettingCard]:
    """Each setting of a family, from its declaration."""
    defaults = defaults_of(config)
    return [
        SettingCard(
            name=name,
            meaning=about.meaning,
            part=config.part_of(name),
            type=TYPES[type(defaults[name])],
            default=defaults[name],
            choices=about.choices,
            at_least=about.at_least,
            at_most=about.at_most,
            above=about.above,
            below=about.below,
        )
        for name, about in settings_of(config).items()
    ]


def family_card(family: str, project: Project) -> FamilyCard:
    """What people are told of a family before they choose it."""
    config, defaults = FAMILIES[family], defaults_of(FAMILIES[family])
    return FamilyCard(
        family,
        config.title,
        config.about,
        config.presets,
        defaults.get("steps"),
        defaults.get("batch_size"),
        family_refusal(family, project),
    )


def setting_words(name: str) -> str:
    """A setting's name for people, within a sentence: r1_every as R1 every."""
    return " ".join(CAPITALS.get(word, word) for word in name.split("_"))


def value_words(value: Value) -> str:
    """A setting's value for people: True as on, non_saturating as non saturating."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value.replace("_", " ") or "empty"
    return f"{value:g}" if isinstance(value, float) else str(value)


def unlike_defaults(config: GeneratorConfig, but: Container[str] = ()) -> list[str]:
    """What is unlike the family's defaults, in words: latent size 8; `but` for these settings."""
    return [
        f"{setting_words(name)} {value_words(getattr(config, name))}"
        for name, default in defaults_of(type(config)).items()
        if name not in but and getattr(config, name) != default
    ]


def config_known(run: TrainingRun) -> GeneratorConfig | None:
    """How a generator was trained; None for one of a version that had other settings."""
    try:
        return generator_config_from_json(run.config)
    except ConfigError:
        return None


def family_title(family: str) -> str:
    """A family's name for people; one that the engine no longer has keeps the name it had."""
    return FAMILIES[family].title if family in FAMILIES else family


def family_refusal(family: str, project: Project) -> str:
    """Why the project cannot train the family, whatever its settings; empty where it can."""
    if issubclass(FAMILIES[family], DiffusersLoraConfig) and not settings.PIPELINE_FOLDERS:
        return NO_PIPELINES
    try:
        FAMILIES[family].check_shape(image_shape(project))
    except ConfigError as error:
        return str(error)
    return ""


def generator_check(config: GeneratorConfig, project: Project) -> None:
    """Raise `ConfigError` where no generator of `config` can be trained on the project's images.

    That is known before anything is trained: it cannot make images of their size, its warm-up
    would be the whole training, or the pipeline that it names lies where none may be read.
    """
    config.check_shape(image_shape(project))
    config.check_anew()
    pipeline_check(config)
