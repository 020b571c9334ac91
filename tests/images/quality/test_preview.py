"""What thresholds would do, before they are applied."""

from __future__ import annotations

import pytest

from apps.images.models import QualityPolicy
from apps.images.quality.preview import near_preview, quality_preview
from apps.projects.models import Project
from tests.factories import ImageFactory
from tests.images.quality.making import blurred, recompressed, scene, take_in

pytestmark = pytest.mark.django_db


def test_it_counts_and_names_what_would_be_stopped_and_changes_nothing(project: Project) -> None:
    take_in(project, scene(1), scene(2), blurred(3))
    preview = quality_preview(project, QualityPolicy(project=project, least_sharpness=100.0))
    found = next(
        found
        for seen in preview.measures
        for found in seen.filters
        if found.filter.name == "least_sharpness"
    )
    assert (preview.total, preview.looked_at, preview.stopped) == (3, 3, 1)
    assert found.image_ids == [project.images.get(name="2.png").pk]
    assert not QualityPolicy.objects.exists()
    assert not project.images.filter(status="quarantined").exists()


def test_the_least_clear_cases_come_first(project: Project) -> None:
    take_in(project, scene(1), blurred(3), blurred(4))
    sharpness = dict(project.images.values_list("pk", "measures__sharpness"))
    preview = quality_preview(project, QualityPolicy(project=project, least_sharpness=1e9))
    found = next(seen.filters[0] for seen in preview.measures if seen.measure.name == "sharpness")
    assert found.image_ids == sorted(sharpness, key=lambda image: -sharpness[image])


def test_of_many_images_a_sample_is_looked_at_and_said_to_be_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.images.quality.preview.SAMPLE", 3)
    take_in(project, *(scene(seed, 32) for seed in range(12)))
    preview = quality_preview(project, QualityPolicy(project=project))
    assert preview.is_sampled
    assert preview.looked_at < preview.total == 12


def test_an_empty_project_and_one_without_measures_have_a_preview(project: Project) -> None:
    assert quality_preview(project, QualityPolicy(project=project)).total == 0
    ImageFactory(project=project)
    ImageFactory(project=project, origin="synthetic", split="train")
    assert quality_preview(project, QualityPolicy(project=project)).unmeasured == 1


def test_it_shows_pairs_that_nearly_equal(project: Project) -> None:
    take_in(project, scene(1), recompressed(scene(1)), scene(2))
    near = near_preview(project, most_bits=3)
    assert (near.asked, near.found) == (3, 2)
    assert len(near.pairs) == 2
