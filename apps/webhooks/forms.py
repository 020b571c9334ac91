"""A webhook as people fill it in."""

from __future__ import annotations

from django import forms

from apps.webhooks.topics import WORDS


class WebhookForm(forms.Form):
    """Read here, judged by the service."""

    url = forms.CharField(
        label="Address",
        help_text="Where JSON is sent. It is on the public net, or an operator has permitted it.",
        widget=forms.URLInput(attrs={"placeholder": "https://example.org/hook", "class": "input"}),
    )
    topics = forms.MultipleChoiceField(
        label="What it is told of",
        choices=list(WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
