"""Setting images apart by hand, whatever the filters say."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image, QualityMeasures
from apps.images.quality.applying import Withdraw, images_measure
from apps.images.quality.filters import BY_HAND
from apps.jobs.services import event_publish
from apps.projects.models import Project


@transaction.atomic
def images_set_apart(
    *, project: Project, image_ids: Collection[int], by: User | None, withdraw: Withdraw
) -> list[int]:
    """Set real images apart, with their open questions; no policy takes them back, people may.

    Returns their ids. Those that are set apart already, and ids of other images, are passed by.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    wanted = (
        Image.objects.filter(project=project, pk__in=image_ids, origin=Image.Origin.REAL)
        .exclude(status=Image.Status.QUARANTINED)
        .order_by("pk")
    )
    withdraw(list(wanted.values_list("pk", flat=True)))
    images = list(wanted.select_for_update())
    ids = [image.pk for image in images]
    if not ids:
        return []
    measured = set(QualityMeasures.objects.filter(pk__in=ids).values_list("pk", flat=True))
    images_measure([image for image in images if image.pk not in measured])
    Image.objects.filter(pk__in=ids).update(status=Image.Status.QUARANTINED)
    QualityMeasures.objects.filter(pk__in=ids).update(
        reasons=[BY_HAND], set_apart_at=timezone.now(), restored_at=None
    )
    told: dict[str, object] = {"count": len(ids), "reasons": {BY_HAND: len(ids)}}
    event_publish(project_id=project.pk, kind="images.quarantined", payload=told)
    audit_record(actor=by, action="images.set_apart", project_slug=project.slug, detail=told)
    return ids
