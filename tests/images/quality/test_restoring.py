"""Taking back what was set apart."""

from __future__ import annotations

import pytest

from apps.images.models import QualityMeasures
from apps.images.quality.policies import quality_policy_change
from apps.images.quality.quarantine import set_apart_counts, stopped_by_day
from apps.images.quality.restoring import images_restore
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from tests.factories import ProjectFactory
from tests.images.quality.making import blurred, recompressed, scene, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def blurred_images_are_set_apart(project: Project) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)


def test_a_restored_image_is_what_it_was_before(project: Project) -> None:
    (with_class,) = take_in(project, blurred(1), annotation_class="boot").accepted
    (without,) = take_in(project, blurred(2)).accepted
    report = images_restore(project=project, image_ids=[with_class.pk, without.pk], by=None)
    assert report.restored == [with_class.pk, without.pk]
    with_class.refresh_from_db()
    without.refresh_from_db()
    assert (with_class.status, without.status) == ("accepted", "unreviewed")
    assert QualityMeasures.objects.filter(restored_at=None).count() == 0
    assert JobEvent.objects.get(kind="images.restored").payload == {"count": 2}


def test_images_of_other_projects_and_ones_not_set_apart_are_passed_by(project: Project) -> None:
    other = ProjectFactory.create()
    quality_policy_change(project=other, by=None, least_sharpness=100.0)
    (foreign,) = take_in(other, blurred(1)).accepted
    (plain,) = take_in(project, scene(1)).accepted
    report = images_restore(project=project, image_ids=[foreign.pk, plain.pk, 2**62], by=None)
    assert (report.restored, report.kept) == ([], [])
    foreign.refresh_from_db()
    assert foreign.status == "quarantined"


def test_one_near_a_test_image_joins_it_with_a_class_and_stays_apart_without(
    project: Project,
) -> None:
    take_in(project, scene(1), annotation_class="boot", split="test")
    (with_class,) = take_in(
        project, recompressed(scene(1)), annotation_class="boot", split="train"
    ).accepted
    (without,) = take_in(project, recompressed(scene(1), 70)).accepted
    report = images_restore(project=project, image_ids=[with_class.pk, without.pk], by=None)
    assert (report.restored, report.kept) == ([with_class.pk], [without.pk])
    with_class.refresh_from_db()
    assert (with_class.split, with_class.status) == ("test", "accepted")


def test_what_was_stopped_today_is_counted_by_reason(project: Project) -> None:
    apart, _ = take_in(project, blurred(1), blurred(2)).accepted
    assert set_apart_counts(project) == {"blurred": 2}
    images_restore(project=project, image_ids=[apart.pk], by=None)
    assert set_apart_counts(project) == {"blurred": 1}
    today = stopped_by_day(project)[-1]
    assert (today.set_apart, today.refused) == ({"blurred": 2}, 0)
