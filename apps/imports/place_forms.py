"""A place as people fill it in."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.images.models import Image
from apps.places.models import Place
from apps.places.services import LONGEST_PERIOD, SHORTEST_PERIOD

S3_FIELDS = ("bucket", "endpoint_url", "region", "access_key_id", "secret_access_key")
COMMON_FIELDS = ("prefix", "classes", "split", "is_by_reference", "every_minutes")
OF_ITSELF = {"autocomplete": "off", "spellcheck": "false"}


class PlaceForm(forms.Form):
    """Read here, judged by the service."""

    name = forms.CharField(label="Name", max_length=80)
    kind = forms.ChoiceField(
        label="What it is",
        choices=Place.Kind.choices,
        initial=Place.Kind.S3,
        widget=forms.RadioSelect,
    )
    bucket = forms.CharField(label="Bucket", max_length=63, required=False)
    endpoint_url = forms.CharField(
        label="Service",
        max_length=300,
        required=False,
        help_text="Such as https://s3.example.org; empty: Amazon's own. It is on the public net, or"
        " an operator has permitted it.",
    )
    region = forms.CharField(
        label="Region", max_length=40, required=False, help_text="Empty: us-east-1."
    )
    access_key_id = forms.CharField(
        label="Access key id",
        max_length=128,
        required=False,
        help_text="One that may only list and read. Empty: the bucket is open to everybody.",
        widget=forms.TextInput(attrs=OF_ITSELF),
    )
    secret_access_key = forms.CharField(
        label="Secret access key",
        max_length=200,
        required=False,
        help_text="It is kept encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    folder = forms.CharField(
        label="Folder",
        max_length=500,
        required=False,
        help_text="An absolute path, below a folder that the operator has opened.",
    )
    prefix = forms.CharField(  # type: ignore[assignment]  # of the same name as a form's own
        label="Only what begins with",
        max_length=500,
        required=False,
        strip=False,
        help_text="Such as 2026/coats/; empty: everything.",
    )
    classes = forms.ChoiceField(
        label="Where classes come from",
        choices=[
            (Place.Classes.NONE, "None: people will annotate them"),
            (Place.Classes.FOLDERS, "Folders that are named as classes"),
        ],
        initial=Place.Classes.NONE,
    )
    split = forms.ChoiceField(
        label="Split",
        choices=[("", "As the project parts its images"), *Image.Split.choices],
        required=False,
    )
    is_by_reference = forms.BooleanField(
        label="Leave the images where they are",
        required=False,
        help_text="Only thumbnails are copied. Each image is read there whenever it is needed, and"
        " only while its file is still the same.",
    )
    every_minutes = forms.IntegerField(
        label="Sync by itself every so many minutes",
        required=False,
        min_value=SHORTEST_PERIOD,
        max_value=LONGEST_PERIOD,
        help_text="Empty: only on demand.",
    )

    def __init__(self, *args: Any, place: Place | None = None, **kwargs: Any) -> None:
        if place is not None:
            known = {name: getattr(place, name, "") for name in self.base_fields}
            kwargs["initial"] = known
        super().__init__(*args, **kwargs)
        if place is not None and place.sealed_secret:
            self.fields["secret_access_key"].help_text = "Empty: the present one is kept."

    def s3_fields(self) -> list[forms.BoundField]:
        """Those of a bucket."""
        return [self[name] for name in S3_FIELDS]

    def common_fields(self) -> list[forms.BoundField]:
        """Those of every place."""
        return [self[name] for name in COMMON_FIELDS]
