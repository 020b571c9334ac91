"""A slice as people fill it in."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.images.browsing import ID_DIGITS
from apps.images.models import Slice
from apps.images.upload_forms import json_read


class SliceForm(forms.Form):
    """Read here, judged by the service."""

    name = forms.CharField(
        label="Name", max_length=80, help_text="Such as night photographs; unique in the project."
    )
    description = forms.CharField(
        label="What it is", max_length=300, required=False, help_text="In one sentence."
    )
    rule = forms.CharField(
        label="Rule",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text='JSON that the images\' metadata contain, such as {"camera": "3"}; what comes in'
        " later joins by itself. Empty: you choose its images by hand.",
    )

    is_aimed_at = forms.BooleanField(
        label="Aim batches at it",
        required=False,
        help_text="Generation makes images like those of it in the pool and guidance that the"
        " classifier is least sure of, at the share of targets that the loop's settings give to"
        " slices.",
    )

    def __init__(self, *args: Any, slice_: Slice | None = None, **kwargs: Any) -> None:
        if slice_ is not None:
            kwargs["initial"] = {
                "name": slice_.name,
                "description": slice_.description,
                "rule": slice_.rule_text,
                "is_aimed_at": slice_.is_aimed_at,
            }
        super().__init__(*args, **kwargs)
        if slice_ is not None and slice_.is_by_hand:
            del self.fields["rule"]

    def clean_rule(self) -> Any:
        """The rule as JSON says it; None where there is none."""
        text = self.cleaned_data["rule"]
        try:
            return json_read("rule", text) if text else None
        except ValidationError as error:
            raise ValidationError(error.messages) from None


class SliceImagesForm(forms.Form):
    """Ids of images that are put into a slice by hand."""

    ids = forms.CharField(
        label="Ids of images",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="As they stand in the addresses of their pages, parted by spaces or commas.",
    )

    def ids_read(self) -> list[int]:
        """Each id. Raises ValidationError for what is none."""
        parts = [part for part in re.split(r"[\s,]+", self.data.get("ids", "")) if part]
        for part in parts:
            if not (part.isascii() and part.isdigit() and len(part) <= ID_DIGITS):
                raise ValidationError(
                    f"{part[:40]!r} is no image's id; write numbers such as 17, parted by spaces."
                )
        return [int(part) for part in parts]
