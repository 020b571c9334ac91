"""The loop's settings as a form, in the model's groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from apps.loops.models import Loop

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Choosing": (
        "Which images people are asked about.",
        ("strategy", "annotate_per_round", "random_share"),
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
            "generate_per_round",
        ),
    ),
    "Review": (
        "What people decide before a round goes on.",
        ("validate_quota", "annotate_quota", "least_right_share"),
    ),
    "Mixing": (
        "How synthetic images must prove that they help.",
        ("ratios", "arm_seeds", "arm_steps", "most_synthetic_per_real", "most_class_drop"),
    ),
    "Running": ("When the loop stops, and what makes it repeatable.", ("stop_after_round", "seed")),
}
FIELDS = [name for _, names in GROUPS.values() for name in names]


class RatiosField(SimpleArrayField):
    """Numbers parted by commas, shown as people write them: 0, 0.5, 1."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(f"{ratio:g}" for ratio in value)
        return value


class LoopForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks what a person typed; `loop_update` writes it."""

    ratios = RatiosField(
        forms.FloatField(min_value=0, max_value=10),
        label="Ratios",
        help_text="Synthetic ÷ real, parted by commas. 0, real images alone, is always an arm.",
    )

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
