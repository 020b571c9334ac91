"""Forms about evaluation."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.evaluation.realism import batches_with_images
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from apps.review.batches.realism import LEAST_EXPOSURE_MS, MOST_EXPOSURE_MS, MOST_IMAGES, MOST_LOOKS

CHOICES = 50
IMAGES = 24


class RealismForm(forms.Form):
    """What a realism test is to show, and how."""

    batch = forms.ChoiceField(help_text="The newest come first.")
    count = forms.IntegerField(
        label="Images of each",
        min_value=1,
        max_value=MOST_IMAGES,
        initial=IMAGES,
        help_text="So many synthetic and as many real ones, of the same classes.",
    )
    looks_per_image = forms.IntegerField(
        label="Looks an image",
        min_value=1,
        max_value=MOST_LOOKS,
        initial=1,
        help_text="People who look at each.",
    )
    exposure_ms = forms.IntegerField(
        label="Seen for (ms)",
        required=False,
        min_value=LEAST_EXPOSURE_MS,
        max_value=MOST_EXPOSURE_MS,
        help_text="Empty: as long as the person likes.",
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._batches = {str(run.pk): run for run in batches_with_images(project)[:CHOICES]}
        batch: Any = self.fields["batch"]
        batch.choices = [(pk, _words(run)) for pk, run in self._batches.items()]

    def clean_batch(self) -> GenerationRun:
        """The chosen batch itself."""
        return self._batches[self.cleaned_data["batch"]]


def _words(run: Any) -> str:
    made = f", round {run.round_number}" if run.round_number else ""
    return f"Batch {run.pk}{made}: {run.images} images"
