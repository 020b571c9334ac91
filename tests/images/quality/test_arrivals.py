"""Real images that are judged as they come in."""

from __future__ import annotations

import pytest
from PIL import Image as PillowImage

from apps.images.models import Image, QualityMeasures
from apps.images.quality.policies import quality_policy_change
from apps.images.services import synthetic_images_store
from apps.projects.models import Project
from tests.images.pictures import encoded
from tests.images.quality.making import blurred, recompressed, scene, take_in

pytestmark = pytest.mark.django_db


def test_without_thresholds_nothing_is_set_apart(project: Project) -> None:
    report = take_in(project, scene(1), blurred(2), PillowImage.new("L", (40, 200), 3))
    assert report.quarantined == []
    assert QualityMeasures.objects.filter(project=project, reasons=[]).count() == 3


def test_each_filter_names_its_reason(project: Project) -> None:
    quality_policy_change(
        project=project,
        by=None,
        least_side=60,
        most_aspect=3.0,
        least_sharpness=100.0,
        least_brightness=0.1,
        most_dark_share=0.5,
        least_entropy=3.0,
    )
    black = PillowImage.new("L", (40, 200), 3)
    report = take_in(project, scene(1), blurred(2), black)
    reasons = {apart.image.name: set(apart.reasons) for apart in report.quarantined}
    assert reasons == {
        "1.png": {"blurred"},
        "2.png": {
            "too_small", "too_long", "blurred", "too_dark", "mostly_black", "low_information",
        },
    }  # fmt: skip
    assert len(report.accepted) == 3
    assert project.images.filter(status=Image.Status.QUARANTINED).count() == 2


def test_one_that_is_set_apart_keeps_its_class(project: Project) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    (apart,) = take_in(project, blurred(2), annotation_class="boot").quarantined
    apart.image.refresh_from_db()
    assert apart.image.annotation_class.name == "boot"
    assert apart.image.status == Image.Status.QUARANTINED


def test_synthetic_images_bypass_the_filters(project: Project) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    synthetic_images_store(project=project, pictures=[encoded(blurred(2))], names=["made"])
    assert project.images.get().status == Image.Status.UNREVIEWED
    assert not QualityMeasures.objects.exists()


def test_near_duplicates_of_one_batch_and_of_earlier_ones_share_a_group(project: Project) -> None:
    first, other = take_in(project, scene(1), scene(2)).accepted
    again, once_more = take_in(
        project, recompressed(scene(1)), scene(1).resize((80, 80)), scene(3)
    ).accepted[:2]
    first.refresh_from_db()
    other.refresh_from_db()
    assert first.group == again.group == once_more.group == first.pixels_sha256
    assert other.group is None
    assert project.images.filter(group=None).count() == 2


def test_pictures_that_show_nothing_resemble_none(project: Project) -> None:
    take_in(project, *(PillowImage.new("L", (40, 40), level) for level in (100, 101, 102)))
    assert not project.images.exclude(group=None).exists()


def test_with_no_bits_allowed_less_is_near(project: Project) -> None:
    quality_policy_change(project=project, by=None, near_bits=0)
    take_in(project, scene(1), recompressed(scene(1), quality=5))
    assert not project.images.exclude(group=None).exists()


def test_a_near_duplicate_of_a_test_image_is_set_apart_and_not_learned_from(
    project: Project,
) -> None:
    take_in(project, scene(1), annotation_class="boot", split="test")
    report = take_in(project, recompressed(scene(1)), scene(2))
    (apart,) = report.quarantined
    assert (apart.image.name, apart.reasons) == ("0.png", ["near_duplicate"])


def test_one_between_two_splits_is_set_apart_and_ties_them_not_together(project: Project) -> None:
    first, middle, last = chain()
    (measured,) = take_in(project, first, annotation_class="boot", split="test").accepted
    (learned,) = take_in(project, last, annotation_class="boot").accepted
    (apart,) = take_in(project, middle).quarantined
    measured.refresh_from_db()
    learned.refresh_from_db()
    assert apart.reasons == ["near_duplicate"]
    assert measured.group != learned.group


def test_the_pool_and_train_are_one_side(project: Project) -> None:
    take_in(project, scene(1), annotation_class="boot")
    assert take_in(project, recompressed(scene(1))).quarantined == []


def test_near_duplicates_can_be_set_apart_but_the_first(project: Project) -> None:
    quality_policy_change(project=project, by=None, sets_near_duplicates_apart=True)
    report = take_in(project, scene(1), recompressed(scene(1)), recompressed(scene(1), 40))
    assert [apart.image.name for apart in report.quarantined] == ["1.png", "2.png"]


def test_one_that_meets_two_groups_makes_them_one(project: Project) -> None:
    pictures = chain()
    first, last = take_in(project, pictures[0], pictures[2]).accepted
    assert first.group is None
    assert last.group is None
    take_in(project, pictures[1])
    first.refresh_from_db()
    last.refresh_from_db()
    assert first.group == last.group == first.pixels_sha256


def chain() -> list[PillowImage.Image]:
    """Three pictures of which the first and the last resemble the middle one, not each other."""
    return [PillowImage.blend(scene(1), scene(2), share) for share in (0.0, 0.06, 0.14)]
