"""Forms made from the engine's configurations: a setting says itself what it means and takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms

from apps.projects.models import Project
from apps.training.families import family_card, generator_check, setting_words, value_words
from ml_engine.config import (
    FAMILIES,
    ConfigError,
    Setting,
    Value,
    defaults_of,
    settings_of,
)

PREFIX = "settings"
MOST_SEED = 2**31 - 1


class GeneratorForm(forms.Form):
    """All settings of a family of generators but those `left_out`, each with meaning and range.

    What is wrong is said in the engine's words, by field where one field is to blame. The form
    names its family when it is sent, so that another family's settings are never taken for its own.
    """

    def __init__(
        self,
        family: str,
        project: Project,
        data: Mapping[str, Any] | None = None,
        *,
        values: Mapping[str, Any] | None = None,
        left_out: Collection[str] = (),
        read_only: bool = False,
    ) -> None:
        is_ours = data is not None and data.get(f"{PREFIX}-family") == family
        super().__init__(data if is_ours else None, prefix=PREFIX)
        self.config = FAMILIES[family]
        self.card = family_card(family, project)
        self._project = project
        self._defaults = defaults_of(self.config)
        for name, about in settings_of(self.config).items():
            if name in left_out:
                continue
            field = _field(name, about, self._defaults[name])
            field.initial = (values or {}).get(name, self._defaults[name])
            field.disabled = read_only
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        """The settings as the engine takes them together, and for the project's images."""
        values = self.cleaned_data
        if not self.errors:
            try:
                generator_check(self.config.from_json(values), self._project)
            except ConfigError as error:
                about = error.setting if error.setting in self.fields else None
                self.add_error(about, str(error))
        return values

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, explanation (none) and fields of each part of the settings."""
        groups: dict[str, list[forms.BoundField]] = {}
        for name in self.fields:
            groups.setdefault(self.config.part_of(name), []).append(self[name])
        return [(heading, "", fields) for heading, fields in groups.items()]

    def changed(self) -> dict[str, Value]:
        """The settings that differ from their defaults."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value != self._defaults[name]
        }


class TrainingForm(forms.Form):
    """What a training of a generator is told beside its family's settings."""

    seed = forms.IntegerField(
        min_value=0,
        max_value=MOST_SEED,
        initial=0,
        help_text="The same seed, settings and images give the same generator.",
    )
    learn_from_pool = forms.BooleanField(
        required=False,
        initial=True,
        help_text="Learn from unannotated pool images too, each with the class that the newest"
        " classifier is sure of.",
    )


def _field(name: str, about: Setting, default: Value) -> forms.Field:
    words = setting_words(name)
    label = words[:1].upper() + words[1:]
    common: dict[str, Any] = {"label": label, "help_text": _help(about, default)}
    if isinstance(default, bool):
        return forms.BooleanField(required=False, **common)
    if about.choices:
        choices = [(choice, choice.replace("_", " ")) for choice in about.choices]
        return forms.ChoiceField(choices=choices, **common)
    if isinstance(default, str):
        return forms.CharField(required=bool(default), validators=[_takes(about)], **common)
    kind = forms.IntegerField if isinstance(default, int) else forms.FloatField
    return kind(validators=[_takes(about)], **common)


def _takes(about: Setting) -> Any:
    def check(value: Value) -> None:
        if not about.takes(value):
            raise forms.ValidationError(f"It is {value}; it must be {about.allowed or 'plain'}.")

    return check


def _help(about: Setting, default: Value) -> str:
    shown = value_words(default)
    allowed = "" if about.choices else about.allowed
    facts = f"{allowed}; default {shown}." if allowed else f"default {shown}."
    return f"{about.meaning} {facts[:1].upper()}{facts[1:]}".strip()
