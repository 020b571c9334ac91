"""The form of a project's split policy."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.images.models import SplitPolicy
from apps.images.splits.policies import FIELDS, GROUPS


class SplitPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks what a person typed; `split_policy_change` writes it."""

    class Meta:
        model = SplitPolicy
        fields = FIELDS
        labels = {
            "test_share": "Share of test",
            "select_share": "Share of select",
            "guidance_share": "Share of guidance",
            "least_per_class": "Least number of a class",
            "is_automatic": "Part what comes in",
        }
        help_texts = {
            "test_share": "Confirms a round's choice; read once a round.",
            "select_share": "Chooses the ratio in every round.",
            "guidance_share": "Shows generation what to aim at; never trained on.",
            "least_per_class": "In select and in test each, as far as half of the class allows.",
            "is_automatic": "Images that come with a class and without a split; others wait in the"
            " pool. Off: they are all trained on until you part them here.",
            "seed": "Another seed draws other images; what is parted already stays.",
        }

    def __init__(self, *args: Any, read_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.disabled = read_only
            if name.endswith("_share"):
                field.widget.attrs |= {"step": 0.01}

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, explanation and fields of each group."""
        return [
            (heading, text, [self[name] for name in names])
            for heading, (text, names) in GROUPS.items()
        ]
