"""The form of the quality page."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.images.models import QualityPolicy
from apps.images.quality.filters import FILTERS
from apps.images.quality.policies import FIELDS

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Size": ("Images that show too little, or are strips.", ("least_side", "most_aspect")),
    "Sharpness": ("Blurred images have little.", ("least_sharpness",)),
    "Exposure": (
        "From 0, black, to 1, white.",
        ("least_brightness", "most_brightness", "most_dark_share", "most_bright_share"),
    ),
    "Information": ("Blank pages and lens caps have little.", ("least_entropy",)),
    "Near-duplicates": (
        "They are grouped, and share a split. One that would leak from a split into another is"
        " set apart in any case.",
        ("near_bits", "sets_near_duplicates_apart", "embedding_distance"),
    ),
}
STEPS = {
    "least_side": 1,
    "near_bits": 1,
    "embedding_distance": 0.001,
    **{each.name: 10.0**-each.measure.digits for each in FILTERS if each.measure.digits},
}


class QualityForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks what a person typed; `quality_policy_change` writes it."""

    class Meta:
        model = QualityPolicy
        fields = FIELDS
        labels = {
            "least_side": "Least shorter side, pixels",
            "most_aspect": "Most longer : shorter side",
            "least_sharpness": "Least sharpness",
            "least_brightness": "Least mean brightness",
            "most_brightness": "Most mean brightness",
            "most_dark_share": "Most share of nearly black pixels",
            "most_bright_share": "Most share of nearly white pixels",
            "least_entropy": "Least information, bits",
            "near_bits": "Bits of 64 that may differ",
            "sets_near_duplicates_apart": "Set near-duplicates apart, but the first",
            "embedding_distance": "Most distance of embeddings",
        }
        help_texts = {
            "least_side": "Below the project's own least side, files are refused at the door.",
            "most_aspect": "3 keeps panoramas of three squares, and stops longer ones.",
            "least_sharpness": "Variance of the Laplacian at thumbnail size.",
            "least_entropy": "From 0, one even colour, to 8.",
            "near_bits": "0 to 7. With more than 3, taking images in is slower in large projects."
            " Pixels must agree, too.",
            "sets_near_duplicates_apart": "Off, they are grouped only.",
            "embedding_distance": "Cosine distance, 0 to 0.5, for the pool, once a classifier has"
            " seen it; empty is off. It finds crops and turns that the hash misses, when the"
            " policy is applied.",
        }

    def __init__(self, *args: Any, read_only: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.disabled = read_only
            if name in STEPS:
                field.widget.attrs |= {"step": f"{STEPS[name]:g}"}
            if not field.required and not isinstance(field, forms.BooleanField):
                field.widget.attrs |= {"placeholder": "off"}

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, explanation and fields of each group."""
        return [
            (heading, text, [self[name] for name in names])
            for heading, (text, names) in GROUPS.items()
        ]
