"""Forms of the review pages."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.review.models import ReviewSettings
from apps.review.queue.policy_settings import FIELDS, GROUPS, bounds

WHOLE, FINE = 1, 0.005
"""Steps that a number's arrows take."""


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks what a person typed; `review_settings_change` writes it."""

    class Meta:
        model = ReviewSettings
        fields = FIELDS
        help_texts = {
            "order": "A share of the tasks may be drawn at random instead, and the classes may take"
            " turns.",
            "show_guess": "It biases people: they follow it more often than they would by"
            " themselves, its mistakes included.",
            "truth_method": "Majority counts heads; Dawid and Skene's weighs people who are often"
            " wrong less. They agree where one person answers.",
            "gold_action": "Managers see everybody's share in any case.",
            "acceptance_confidence": "How sure a verdict on a batch must be: 0.95 is wrong at most"
            " once in 20 batches.",
        }
        labels = {
            "reservation_minutes": "Minutes of a hold",
            "reservation_size": "Tasks held at once",
            "random_share": "Random share",
            "balance_classes": "Let the classes take turns",
            "reviews_per_task": "People a question",
            "show_guess": "Show the model's guess",
            "truth_method": "How answers become one",
            "gold_share": "Share with a known answer",
            "gold_floor": "Least share right",
            "gold_window": "Known answers that count",
            "gold_action": "What happens below that",
            "allowed_defects": "Allowed defects",
            "acceptance_confidence": "Confidence",
        }

    def __init__(self, *args: Any, read_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.disabled = read_only
            limits = bounds(name)
            if limits:
                least, most = limits
                sentence = (
                    f"%(show_value)s is out of bounds; write a number from {least:g} to {most:g}."
                )
                field.error_messages |= {"min_value": sentence, "max_value": sentence}
                step = FINE if isinstance(field, forms.FloatField) else WHOLE
                field.widget.attrs |= {"min": least, "max": most, "step": step}

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, explanation and fields of each group."""
        return [
            (heading, text, [self[name] for name in names])
            for heading, (text, names) in GROUPS.items()
        ]
