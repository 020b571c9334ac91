"""Setting images apart by hand."""

from __future__ import annotations

import pytest

from apps.images.models import Image, QualityMeasures, QualityPolicy
from apps.images.quality.applying import quality_apply
from apps.images.quality.by_hand import images_set_apart
from apps.images.quality.quarantine import set_apart_counts
from apps.images.quality.restoring import images_restore
from apps.jobs.services import Claim
from apps.projects.models import Project
from tests.factories import JobFactory
from tests.images.quality.making import scene, take_in

pytestmark = pytest.mark.django_db


def apply(project: Project) -> None:
    """Lay the policy over all images, as the job does."""
    QualityPolicy.objects.update_or_create(project=project, defaults={"applied_to": 0})
    job = JobFactory(project=project, status="running", attempt=1)
    quality_apply(
        claim=Claim(job.pk, 1),
        project=project,
        withdraw=len,
        on_progress=lambda *_: None,
        should_stop=lambda: False,
    )


def test_no_policy_takes_back_what_a_person_set_apart_but_a_person_does(project: Project) -> None:
    first, second = (take_in(project, scene(seed)).accepted[0] for seed in (1, 2))
    QualityMeasures.objects.filter(pk=second.pk).delete()  # as of an image from before measures
    withdrawn: list[int] = []
    ids = [first.pk, second.pk, 2**62]
    done = images_set_apart(project=project, image_ids=ids, by=None, withdraw=withdrawn.extend)
    assert done == withdrawn == [first.pk, second.pk]
    apply(project)
    assert set_apart_counts(project) == {"by_hand": 2}
    again = images_set_apart(project=project, image_ids=ids, by=None, withdraw=len)
    assert again == []
    images_restore(project=project, image_ids=[first.pk], by=None)
    apply(project)
    assert Image.objects.get(status="unreviewed") == first
