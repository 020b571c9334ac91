"""Laying a policy over the images that are there: a job that goes on where it was."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.db.models import Exists, QuerySet
from django.utils import timezone
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image, QualityMeasures, QualityPolicy
from apps.images.quality.arrivals import measures_row
from apps.images.quality.filters import BY_HAND, NEAR_DUPLICATE, reasons_of, values_of
from apps.images.quality.grouping import Groups, Met, images_met, side_of
from apps.images.quality.measuring import image_measures
from apps.images.quality.quarantine import APPLYING, standing_answers
from apps.images.quality.resemblance import Look
from apps.images.quality.restoring import status_of
from apps.images.storage import key_open
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, event_publish, job_enqueue
from apps.projects.models import Project
from ml_engine.config import StopRequestedError

logger = logging.getLogger(__name__)

A_BATCH = 500

OnProgress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]
Withdraw = Callable[[Sequence[int]], object]
"""Takes the open questions about images, by their ids, out of the queue."""


@transaction.atomic
def quality_apply_enqueue(*, project: Project, by: User | None) -> Job:
    """Have the policy laid over the images that are there; once more where it was before."""
    QualityPolicy.objects.get_or_create(project=project)
    QualityPolicy.objects.filter(project=project).update(applied_to=0)
    waiting = Job.objects.filter(project=project, kind=APPLYING, status=Job.Status.QUEUED).first()
    if waiting:
        return waiting
    audit_record(actor=by, action="quality.apply", project_slug=project.slug, detail={})
    return job_enqueue(
        project=project,
        kind=APPLYING,
        title="Apply the quality filters to the images that are there",
        payload={},
        created_by=by,
    )


def quality_apply(
    *,
    claim: Claim,
    project: Project,
    withdraw: Withdraw,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> dict[str, int]:
    """Measure what is not measured, then judge every real image by the policy as it is now.

    An image that people have answered about, or that they restored, stays as it is. Returns
    counts of this attempt. Raises StopRequestedError, and `Fenced` where another attempt
    holds the job.
    """
    real = Image.objects.filter(project=project, origin=Image.Origin.REAL).order_by("pk")
    done = Counter({"measured": 0, "unreadable": 0, "judged": 0, "set_apart": 0, "let_go": 0})
    total = real.count()

    def go_on() -> None:
        on_progress(min(done["judged"], total), total)
        if should_stop():
            raise StopRequestedError

    after = 0
    while batch := list(real.filter(measures=None, pk__gt=after)[:A_BATCH]):
        done.update(images_measure(batch))
        after = batch[-1].pk
        go_on()
    while judged := _judge_next(claim, project, real, withdraw):
        done.update(judged)
        go_on()
    return dict(done)


@transaction.atomic
def resembling_apply(
    *, claim: Claim, project: Project, pairs: Mapping[int, Sequence[int]], withdraw: Withdraw
) -> Counter[str]:
    """Join images with older ones that embeddings found alike: by an image's id, theirs.

    They are set apart by the rules that hold for what hashes find.
    """
    claim_require(claim=claim)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    policy = QualityPolicy.objects.get(project=project)
    related = Image.objects.filter(project=project).select_related("measures")
    known = related.in_bulk({*pairs, *(one for found in pairs.values() for one in found)})
    batch = [known[image_id] for image_id in sorted(pairs) if image_id in known]
    met = {
        place: [known[one] for one in pairs[image.pk] if one in known]
        for place, image in enumerate(batch)
    }
    judged = _judge(policy, batch, met)
    return Counter(alike=len(batch), set_apart=_set_apart(project, judged, withdraw))


def images_measure(images: Sequence[Image]) -> Counter[str]:
    """Measure images by their thumbnails, as large as what is measured when one comes in."""
    rows = []
    for image in images:
        try:
            with key_open(image.thumbnail) as file, PillowImage.open(file) as picture:
                rows.append(measures_row(image, image_measures(picture.convert(_mode(picture)))))
        except (OSError, ValueError):
            logger.warning("the thumbnail of image %s cannot be read", image.pk)
    QualityMeasures.objects.bulk_create(rows, ignore_conflicts=True)
    return Counter(measured=len(rows), unreadable=len(images) - len(rows))


def _mode(picture: PillowImage.Image) -> str:
    return "L" if picture.mode == "L" else "RGB"


@transaction.atomic
def _judge_next(
    claim: Claim, project: Project, real: QuerySet[Image], withdraw: Withdraw
) -> Counter[str]:
    """Judge the next images; nothing is returned once there are none."""
    claim_require(claim=claim)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    policy = QualityPolicy.objects.select_for_update().get(project=project)
    measured = real.filter(measures__isnull=False, pk__gt=policy.applied_to)
    batch = list(measured.select_related("measures")[:A_BATCH])
    if not batch:
        return Counter()
    looks = [
        Look(image.measures.perceptual_hash, bytes(image.measures.grey_copy)) for image in batch
    ]
    judged = _judge(policy, batch, images_met(project, batch, looks, policy.near_bits))
    done = Counter(judged=len(batch))
    done["let_go"] = _let_go([image for image in batch if image.pk not in judged])
    done["set_apart"] = _set_apart(project, judged, withdraw)
    QualityPolicy.objects.filter(project=project).update(applied_to=batch[-1].pk)
    return done


def _judge(policy: QualityPolicy, batch: Sequence[Image], met: Met) -> dict[int, list[str]]:
    """Group the images, and tell why each should be set apart that should, by its id."""
    was = [image.status for image in batch]
    for image in batch:
        if image.status == Image.Status.QUARANTINED:
            image.status = status_of(image)
    groups = Groups(policy.project, batch, met)
    groups.write()
    judged: dict[int, list[str]] = {}
    for place, image in enumerate(batch):
        reasons = reasons_of(policy, values_of(image, image.measures))
        is_later = bool(image.group) and image.group != image.pixels_sha256
        is_double = is_later or any(map(side_of, met.get(place, ())))
        if groups.is_torn(image) or (is_double and policy.sets_near_duplicates_apart):
            reasons.append(NEAR_DUPLICATE)
        if BY_HAND in image.measures.reasons:  # what a person did, no policy undoes
            reasons.append(BY_HAND)
        if reasons:
            image.status = Image.Status.QUARANTINED
            judged[image.pk] = reasons
    for image, status in zip(batch, was, strict=True):
        image.status = status
    return judged


def _set_apart(project: Project, judged: dict[int, list[str]], withdraw: Withdraw) -> int:
    """Set apart those of them that nobody decided about; returns how many are new."""
    withdraw(list(_undecided(judged).values_list("pk", flat=True)))
    # Answers that came meanwhile hold the questions' locks, and are seen now.
    undecided = list(_undecided(judged).select_related("measures"))
    new = [image for image in undecided if image.status != Image.Status.QUARANTINED]
    now = timezone.now()
    for image in undecided:
        image.measures.reasons = judged[image.pk]
        image.measures.set_apart_at = image.measures.set_apart_at or now
    QualityMeasures.objects.bulk_update(
        [image.measures for image in undecided], ["reasons", "set_apart_at"]
    )
    Image.objects.filter(pk__in=[image.pk for image in new]).update(status=Image.Status.QUARANTINED)
    if new:
        reasons = Counter(reason for image in new for reason in judged[image.pk])
        event_publish(
            project_id=project.pk,
            kind="images.quarantined",
            payload={"count": len(new), "reasons": dict(reasons)},
        )
    return len(new)


def _undecided(judged: dict[int, list[str]]) -> QuerySet[Image]:
    untouched = Image.objects.filter(pk__in=judged, measures__restored_at=None)
    return untouched.exclude(Exists(standing_answers())).order_by("pk")


def _let_go(images: Sequence[Image]) -> int:
    """Take back those that only an earlier policy set apart."""
    apart = [image for image in images if image.status == Image.Status.QUARANTINED]
    for image in apart:
        image.status = status_of(image)
    Image.objects.bulk_update(apart, ["status"])
    QualityMeasures.objects.filter(pk__in=[image.pk for image in apart]).update(
        reasons=[], set_apart_at=None
    )
    return len(apart)
