"""The loop's settings as a form, in the model's groups."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError

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


class LoopForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks what a person typed; `loop_update` writes it."""

    ratios = SimpleArrayField(
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

    def clean_classifier(self) -> str:
        """A network's name, in one of the two forms that the engine knows."""
        name = str(self.cleaned_data["classifier"])
        if name != "small_cnn" and not re.fullmatch(r"timm:\w[\w.]*", name):
            raise ValidationError(
                f"There is no classifier {name!r}; write small_cnn, or timm: and a backbone's"
                " name, such as timm:resnet18."
            )
        return name

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, explanation and fields of each group."""
        return [
            (heading, text, [self[name] for name in names])
            for heading, (text, names) in GROUPS.items()
        ]
