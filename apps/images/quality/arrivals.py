"""Judging real images as they come in: which are set apart, and what they nearly equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from apps.images.models import Image, QualityMeasures
from apps.images.quality.filters import NEAR_DUPLICATE, reasons_of, values_of
from apps.images.quality.grouping import Groups, Met, images_met, side_of
from apps.images.quality.measuring import Measures
from apps.images.quality.policies import quality_policy_get
from apps.images.quality.resemblance import Look
from apps.projects.models import Project


@dataclass(frozen=True, slots=True)
class SetApart:
    """An image that was taken in and set apart, and why."""

    image: Image
    reasons: list[str]


class Arrivals:
    """Real images that are about to be written; use it under the project's lock."""

    def __init__(
        self, project: Project, images: Sequence[Image], measures: Sequence[Measures]
    ) -> None:
        """Lay the thresholds over them and find their groups, before splits are given."""
        self._project = project
        self._images = images
        self._measures = measures
        self._policy = quality_policy_get(project)
        self._reasons = [
            reasons_of(self._policy, values_of(image, measured))
            for image, measured in zip(images, measures, strict=True)
        ]
        self._set_apart()
        looks = [Look(measured.perceptual_hash, measured.grey_copy) for measured in measures]
        self._met: Met = images_met(project, images, looks, self._policy.near_bits)
        self._groups = Groups(project, images, self._met)

    def settle(self) -> list[SetApart]:
        """Once they have splits: set apart those that would leak; all that were, and why."""
        for place, image in enumerate(self._images):
            if self._groups.is_torn(image) or self._is_unwanted(place):
                self._reasons[place].append(NEAR_DUPLICATE)
        self._set_apart()
        return [
            SetApart(image, reasons)
            for image, reasons in zip(self._images, self._reasons, strict=True)
            if reasons
        ]

    def write(self) -> None:
        """Keep the measures, and the groups that others have joined, once the images have rows."""
        self._groups.write()
        now = timezone.now()
        QualityMeasures.objects.bulk_create(
            measures_row(image, measured, reasons=reasons, set_apart_at=now if reasons else None)
            for image, measured, reasons in zip(
                self._images, self._measures, self._reasons, strict=True
            )
        )

    def _is_unwanted(self, place: int) -> bool:
        met = self._met.get(place, ())
        return self._policy.sets_near_duplicates_apart and any(side_of(one) for one in met)

    def _set_apart(self) -> None:
        for image, reasons in zip(self._images, self._reasons, strict=True):
            if reasons:
                image.status = Image.Status.QUARANTINED


def measures_row(image: Image, measured: Measures, **more: object) -> QualityMeasures:
    """What is kept of an image's measures."""
    return QualityMeasures(
        image=image,
        project_id=image.project_id,
        sharpness=measured.sharpness,
        brightness=measured.brightness,
        dark_share=measured.dark_share,
        bright_share=measured.bright_share,
        entropy=measured.entropy,
        perceptual_hash=measured.perceptual_hash,
        grey_copy=measured.grey_copy,
        **more,
    )
