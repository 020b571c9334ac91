"""What the loop's settings must be that the engine alone can judge, in its own words."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from ml_engine.config import ClassifierConfig, ConfigError, GeneratorConfig, generator_config

LOOP_SETS = {"steps": "generator_steps", "mirror": "mirror"}
"""Settings of generators that the loop sets, by the fields that say how."""


def classifier_name_check(name: str) -> None:
    """Refuses a network that the engine does not know, in the engine's own words."""
    try:
        ClassifierConfig(network=name)
    except ConfigError as error:
        raise ValidationError(str(error)) from error


def generator_name_check(name: str) -> None:
    """Refuses a generator that the engine does not have, with those that it has."""
    try:
        generator_config(name)
    except ConfigError as error:
        raise ValidationError(str(error)) from error


def loop_generator_config(
    family: str, parameters: Any, steps: int, mirror: bool
) -> GeneratorConfig:
    """The configuration of a loop's generator: its parameters, and the loop's steps and mirror.

    A family without steps leaves them out. Raises `ConfigError`.
    """
    if not isinstance(parameters, dict):
        raise ConfigError("The parameters of a generator are an object: settings by name.")
    for name, field in LOOP_SETS.items():
        if name in parameters:
            raise ConfigError(f"The loop says itself what {name} is: change its {field}.")
    return generator_config(family, parameters, steps=steps, mirror=mirror)
