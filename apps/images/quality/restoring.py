"""Taking back images that were set apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image, QualityMeasures, TrainedImage
from apps.images.quality.grouping import side_of
from apps.images.splits.shares import MEASURING
from apps.jobs.services import event_publish
from apps.projects.models import Project


@dataclass(slots=True)
class Restored:
    """Which images came back, by their ids."""

    restored: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    """Set apart still: without a class, they would join train beside what they nearly equal; and
    where models learned from them, they would measure those."""


@transaction.atomic
def images_restore(*, project: Project, image_ids: Collection[int], by: User | None) -> Restored:
    """Take images back that a filter set apart; filters leave them in peace from then on.

    One with a class that nearly equals an image of another split joins that split. Ids of
    images that are not set apart are passed by.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    report = Restored()
    apart = Image.objects.filter(
        project=project, pk__in=image_ids, status=Image.Status.QUARANTINED
    ).order_by("pk")
    for image in apart.select_for_update():
        if _takes_back(image):
            report.restored.append(image.pk)
        else:
            report.kept.append(image.pk)
    QualityMeasures.objects.filter(pk__in=report.restored).update(restored_at=timezone.now())
    if report.restored:
        told: dict[str, object] = {"count": len(report.restored)}
        event_publish(project_id=project.pk, kind="images.restored", payload=told)
        audit_record(actor=by, action="images.restore", project_slug=project.slug, detail=told)
    return report


def status_of(image: Image) -> str:
    """What an image is that is not set apart, and that nobody answered about."""
    has_class = image.annotation_class_id is not None
    return Image.Status.ACCEPTED if has_class else Image.Status.UNREVIEWED


def _takes_back(image: Image) -> bool:
    splits = _splits_of_group(image)
    image.status = status_of(image)
    if splits and not any(side_of(Image(split=split)) == side_of(image) for split in splits):
        if image.annotation_class_id is None or _would_measure_its_pupils(image, splits[0]):
            return False
        image.split = splits[0]
    image.save(update_fields=["status", "split"])
    return True


def _would_measure_its_pupils(image: Image, split: str) -> bool:
    was_learned_from = (
        image.split == Image.Split.GUIDANCE or TrainedImage.objects.filter(image=image).exists()
    )
    return was_learned_from and split in MEASURING


def _splits_of_group(image: Image) -> list[str]:
    if image.group is None:
        return []
    others = Image.objects.filter(project=image.project_id, group=image.group)
    in_use = others.exclude(status=Image.Status.QUARANTINED).exclude(pk=image.pk)
    return sorted(set(in_use.values_list("split", flat=True)))
