"""Writing doubts, and settling them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image
from apps.images.quality.by_hand import images_set_apart
from apps.jobs.services import Claim, claim_require, event_publish
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.services import Question, image_tasks_withdraw, review_tasks_create
from apps.training.models import Checkpoint, Doubt

ROWS_A_BATCH = 2000
FIRST = 3.0
"""Before all that a round asks: a manager wants to know."""
REASONS = {
    Doubt.Kind.OUTLIER: "asked by a manager",
    Doubt.Kind.MISLABELLED: "annotation doubted",
}
"""Why people are asked, as the queue says it."""


@dataclass(frozen=True, slots=True)
class FoundDoubt:
    """A doubt as scoring found it; the fields are those of `Doubt`."""

    image_id: int
    kind: str
    measure: str
    value: float
    threshold: float
    reason: str
    other_class_id: int | None = None
    would_ask: bool = False


@transaction.atomic
def doubts_record(*, claim: Claim, checkpoint: Checkpoint, found: Sequence[FoundDoubt]) -> None:
    """Replace what was doubted and is not settled. Raises `Fenced`.

    The clearest stand first in `found`, and on the page.
    """
    claim_require(claim=claim)
    Doubt.objects.filter(project=checkpoint.project_id, settled_at=None).delete()
    Doubt.objects.bulk_create(
        (
            Doubt(
                project_id=checkpoint.project_id,
                checkpoint=checkpoint,
                image_id=doubt.image_id,
                kind=doubt.kind,
                measure=doubt.measure,
                value=doubt.value,
                threshold=doubt.threshold,
                reason=doubt.reason,
                other_class_id=doubt.other_class_id,
                would_ask=doubt.would_ask,
            )
            for doubt in reversed(found)
        ),
        batch_size=ROWS_A_BATCH,
        ignore_conflicts=True,  # settled while this was computed
    )


@transaction.atomic
def doubts_ask(
    *, project: Project, kind: str, image_ids: Collection[int], by: User | None
) -> list[int]:
    """Ask people about doubted images at once, before all else. Returns the images' ids.

    A pool image can be chosen as any other again; an annotation is looked at without its class
    being shown, and a new answer takes its place.
    """
    images = _settle(project, kind, image_ids, Doubt.Outcome.ASKED, by)
    review_tasks_create(
        project=project,
        round_number=None,
        questions=[
            Question(
                image=image,
                kind=ReviewTask.Kind.ANNOTATE,
                priority=FIRST,
                reason=REASONS[Doubt.Kind(kind)],
            )
            for image in images
        ],
    )
    return [image.pk for image in images]


@transaction.atomic
def doubts_keep(
    *, project: Project, kind: str, image_ids: Collection[int], by: User | None
) -> list[int]:
    """Take doubted images as they are, without asking. Returns their ids."""
    return [image.pk for image in _settle(project, kind, image_ids, Doubt.Outcome.KEPT, by)]


@transaction.atomic
def doubts_set_apart(
    *, project: Project, kind: str, image_ids: Collection[int], by: User | None
) -> list[int]:
    """Set doubted images apart, where filters put theirs. Returns their ids."""
    images = _settle(project, kind, image_ids, Doubt.Outcome.SET_APART, by)
    return images_set_apart(
        project=project,
        image_ids=[image.pk for image in images],
        by=by,
        withdraw=image_tasks_withdraw,
    )


def _settle(
    project: Project, kind: str, image_ids: Collection[int], outcome: str, by: User | None
) -> list[Image]:
    """The images of which this was doubted and is settled now."""
    doubts = list(
        Doubt.objects.select_for_update(of=("self",))
        .filter(project=project, kind=kind, image__in=image_ids, settled_at=None)
        .select_related("image")
        .order_by("image")
    )
    if not doubts:
        return []
    Doubt.objects.filter(pk__in=[doubt.pk for doubt in doubts]).update(
        outcome=outcome, settled_at=timezone.now(), settled_by=by
    )
    told: dict[str, object] = {"kind": str(kind), "outcome": str(outcome), "count": len(doubts)}
    event_publish(project_id=project.pk, kind="doubts.settled", payload=told)
    audit_record(actor=by, action="doubts.settle", project_slug=project.slug, detail=told)
    return [doubt.image for doubt in doubts]
