"""Judgements and exports for tests, made as people and jobs make them."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.utils import timezone

from apps.accounts.models import User
from apps.datasets.exports import export_make, export_request
from apps.datasets.models import DatasetVersion, Export
from apps.datasets.selection import Selection
from apps.images.models import Image
from apps.jobs.models import Job
from apps.review.models import Judgement
from tests.datasets.versions import claim_of
from tests.factories import ReviewFactory, ReviewTaskFactory, UserFactory


def judged(image: Image, confidence: float = 1.0, **values: Any) -> Judgement:
    """A standing judgement of two reviews."""
    task = ReviewTaskFactory(
        project=image.project, image=image, status="done", free_places=0, done_at=timezone.now()
    )
    judgement = Judgement.objects.create(
        task=task,
        confidence=confidence,
        **{
            "method": "majority",
            "verdict": "class",
            "annotation_class": image.annotation_class,
            **values,
        },
    )
    judgement.reviews.set(ReviewFactory.create_batch(2, task=task))
    return judgement


def asked(version: DatasetVersion, name: str = "folders", **filters: Any) -> Export:
    export, _ = export_request(
        version=version,
        format_name=name,
        selection=Selection.of(**filters),
        actor=User.objects.first() or UserFactory(),
    )
    return export


def make(export: Export, stop_after: int | None = None) -> Export:
    """The job's work; where it is stopped, after so many images."""
    done = 0

    def stops() -> bool:
        nonlocal done
        done += 1
        return stop_after is not None and done > stop_after

    Job.objects.filter(pk=export.job_id).update(status="queued")
    return export_make(
        claim=claim_of(Job.objects.get(pk=export.job_id)),
        export=export,
        on_event=lambda event: None,
        should_stop=stops,
    )


def archive(export: Export) -> bytes:
    with default_storage.open(export.key) as file:
        return bytes(file.read())
