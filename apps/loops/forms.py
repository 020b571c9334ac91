"""The loop's settings as a form, in the model's groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.loops.models import MOST_RATIO, Loop
from ml_engine.config import FAMILIES

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Choosing": (
        "Which images people are asked about.",
        (
            "strategy",
            "cold_strategy",
            "cold_per_class",
            "cold_features",
            "annotate_per_round",
            "random_share",
            "guard_share",
        ),
    ),
    "Training": (
        "The classifier that chooses, and that is measured.",
        ("classifier", "classifier_steps", "mirror"),
    ),
    "Generating": (
        "How synthetic images are made, and how many.",
        (
            "generator",
            "generator_steps",
            "generator_refresh_steps",
            "learn_from_pool",
            "refine_turns",
            "refine_confidence",
            "generate_per_round",
            "aim_way",
            "slice_quota",
        ),
    ),
    "Safeguards": (
        "What a generator's images must not be, before people look at one: a batch that surely is"
        " is held back, and the round says why. Measured beside guidance images.",
        (
            "fewest_real_per_class",
            "most_near_copies",
            "most_repeats",
            "least_variety",
            "least_coverage",
            "most_class_gap",
            "most_told_apart",
        ),
    ),
    "Review": (
        "What people decide before a round goes on. How good a batch of synthetic images must be"
        " stands in the policy of the queue.",
        ("validate_quota", "annotate_quota", "realism_per_round"),
    ),
    "Mixing": (
        "How synthetic images must prove that they help.",
        (
            "mixing",
            "ratios",
            "arm_seeds",
            "more_arm_seeds",
            "arm_steps",
            "most_synthetic_per_real",
            "most_class_drop",
        ),
    ),
    "Running": (
        "When the loop stops, and what makes it repeatable.",
        ("stop_after_round", "least_gain_per_minute", "seed"),
    ),
}
FIELDS = [*(name for _, names in GROUPS.values() for name in names), "generator_parameters"]
"""The generator's parameters have a form of their own, by family."""


class RatiosField(forms.CharField):
    """Numbers parted by commas, shown as people write them: 0, 0.5, 1."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(f"{ratio:g}" for ratio in value)
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [self._ratio(part.strip()) for part in str(value or "").split(",") if part.strip()]

    def _ratio(self, text: str) -> float:
        try:
            ratio = float(text)
        except ValueError:
            ratio = -1
        if not 0 <= ratio <= MOST_RATIO:
            raise ValidationError(
                f"{text!r} is no ratio; write numbers from 0 to {MOST_RATIO}, parted by commas,"
                " such as 0, 0.5, 1."
            )
        return ratio


class LoopForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks what a person typed; `loop_update` writes it."""

    generator = forms.ChoiceField(
        choices=[(name, config.title) for name, config in FAMILIES.items()],
        help_text="The family that draws the synthetic images.",
        error_messages={"invalid_choice": "There is no generator %(value)s; choose from the list."},
    )
    generator_parameters = forms.JSONField(required=False)
    ratios = RatiosField(help_text=Loop._meta.get_field("ratios").help_text)

    class Meta:
        model = Loop
        fields = FIELDS

    def __init__(self, *args: Any, read_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.disabled = read_only

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, explanation and fields of each group."""
        return [
            (heading, text, [self[name] for name in names])
            for heading, (text, names) in GROUPS.items()
        ]
