"""Settings: fields of frozen dataclasses that know their meaning and their range.

A configuration is checked, shown as a form and documented from the same declaration.
"""

from __future__ import annotations

import math
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Self

Value = bool | int | float | str


class ConfigError(ValueError):
    """A configuration value that the engine cannot work with."""

    def __init__(self, message: str, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting
        """The setting that it is about; empty where it is about none alone."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a field of a configuration means and which values it takes."""

    meaning: str
    """A sentence for people; empty where the name says it all."""
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The range in words, such as `at least 0 and below 1`; empty where all is allowed."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        words = {"at least": self.at_least, "above": self.above}
        words |= {"at most": self.at_most, "below": self.below}
        return " and ".join(
            f"{word} {limit:g}" for word, limit in words.items() if limit is not None
        )

    def takes(self, value: Value) -> bool:
        """Whether `value`, of the right type already, lies in the range."""
        if self.choices:
            return value in self.choices
        if isinstance(value, str):
            return not value or value.isprintable()
        return (
            _is_finite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


def setting(
    default: Value,
    meaning: str = "",
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field with its default, its meaning and its range."""
    about = Setting(meaning, at_least, at_most, above, below, choices)
    return field(default=default, metadata={"setting": about})


def redefault(config: type[EngineConfig], name: str, default: Value) -> Any:
    """The setting `name` of `config` once more, for a family that begins elsewhere."""
    return field(default=default, metadata={"setting": settings_of(config)[name]})


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Common behaviour of all configurations: JSON in, JSON out, nothing unknown accepted.

    Construction raises `ConfigError` with the field, its value and what is allowed.
    """

    def __post_init__(self) -> None:
        for name, about in settings_of(type(self)).items():
            self._check(name, about)
        self._check_together()

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Build from plain JSON; raises `ConfigError` on unknown fields and wrong values."""
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(
                f"{cls.__name__} does not know {', '.join(map(_shown, unknown))}; "
                f"it takes {', '.join(sorted(known))}."
            )
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` brings the same configuration back."""
        return asdict(self)

    def _check_together(self) -> None:
        """Raise `ConfigError` where fields that are right alone contradict each other."""

    def _check(self, name: str, about: Setting) -> None:
        value, like = getattr(self, name), defaults_of(type(self))[name]
        self._require(name, _has_type(value, like), TYPE_WORDS[type(like)])
        self._require(name, about.takes(value), about.allowed or PLAIN_WORDS[type(like)])

    def _require(self, name: str, ok: bool, allowed: str) -> None:
        if not ok:
            raise ConfigError(
                f"{type(self).__name__}.{name} is {getattr(self, name)!r}; it must be {allowed}.",
                name,
            )


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


TYPE_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
PLAIN_WORDS = {
    bool: TYPE_WORDS[bool],
    int: "a number that a computer can count to",
    float: "a finite number",
    str: "text without control characters",
}
"""What a value of the right type must be where its setting names no range."""


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _has_type(value: object, like: Value) -> bool:
    if isinstance(like, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(like, bool)
    return isinstance(value, (int, float) if isinstance(like, float) else type(like))


def settings_of(config: type[EngineConfig]) -> dict[str, Setting]:
    """Every setting of a configuration, by name, in the order in which they are declared."""
    return {
        one.name: one.metadata["setting"] for one in fields(config) if "setting" in one.metadata
    }


def defaults_of(config: type[EngineConfig]) -> dict[str, Value]:
    """The default of every setting, by name; its type is the setting's."""
    return {
        one.name: one.default
        for one in fields(config)
        if "setting" in one.metadata and one.default is not MISSING
    }
