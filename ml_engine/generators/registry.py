"""The families, by name: a new one is one file and one line here."""

from __future__ import annotations

from ml_engine.config import ConfigError
from ml_engine.generators.conditional_gan import ConditionalGan
from ml_engine.generators.protocol import Generator

GENERATORS: dict[str, type[Generator]] = {
    ConditionalGan.family: ConditionalGan,
}


def generator_family(name: str) -> type[Generator]:
    """The family named `name`; raises `ConfigError` for an unknown one."""
    if name not in GENERATORS:
        known = ", ".join(sorted(GENERATORS))
        raise ConfigError(f"There is no generator family {name!r}; there are {known}.")
    return GENERATORS[name]
