"""Freezing: what a version holds, and when it is the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.datasets.models import DatasetVersion
from apps.datasets.services import NothingToFreezeError
from apps.images.models import Image
from apps.jobs.models import JobEvent
from apps.projects.models import Project
from apps.review.models import ReviewTask
from tests.datasets.making import judged
from tests.datasets.versions import frozen
from tests.factories import (
    GenerationRunFactory,
    ImageFactory,
    SyntheticImageFactory,
)


def accepted(project: Project, name: str = "boot", **values: Any) -> Image:
    known = project.annotation_classes.get(name=name)
    return ImageFactory(
        project=project,
        annotation_class=known,
        **{"status": "accepted", "split": "train", **values},
    )


def lines(version: DatasetVersion) -> list[dict[str, Any]]:
    with default_storage.open(version.manifest_key) as file:
        header, *rest = (json.loads(line) for line in file)
    assert header["classes"] == ["boot", "coat", "shirt"]
    return rest


def test_a_version_is_named_by_the_hash_of_its_manifest(project: Project) -> None:
    accepted(project)
    version, is_new = frozen(project, note="first")
    with default_storage.open(version.manifest_key) as file:
        assert hashlib.sha256(file.read()).hexdigest() == version.sha256
    assert (is_new, version.number, version.note) == (True, 1, "first")
    assert JobEvent.objects.filter(kind="version.frozen").count() == 1


def test_equal_content_is_the_same_version_and_changed_content_is_the_next(
    project: Project,
) -> None:
    image = accepted(project)
    first, _ = frozen(project)
    again, is_new = frozen(project)
    assert (again, is_new) == (first, False)
    Image.objects.filter(pk=image.pk).update(split="test")
    second, is_new = frozen(project)
    assert (second.number, is_new) == (2, True)
    Image.objects.filter(pk=image.pk).update(split="train")
    assert frozen(project) == (first, False)


def test_what_nobody_stands_behind_stays_out(project: Project) -> None:
    inside = accepted(project)
    for status in ("unreviewed", "refused", "quarantined"):
        ImageFactory(project=project, status=status)
    accepted(project, status="quarantined")
    ImageFactory(annotation_class=None, status="accepted", project=project)
    ImageFactory(status="accepted")  # of another project
    version, _ = frozen(project)
    assert [line["sha256"] for line in lines(version)] == [inside.sha256]


def test_a_line_leads_to_the_reviews_behind_its_class(project: Project) -> None:
    image, came_with_its_class = accepted(project), accepted(project, "coat")
    judgement = judged(image, confidence=0.75)
    judged(image, verdict="", annotation_class=None)  # split: it decided nothing
    judged(image, superseded_at=timezone.now())
    by_hash = {line["sha256"]: line for line in lines(frozen(project)[0])}
    line = by_hash[image.sha256]
    assert (line["basis"], line["method"], line["agreement"]) == ("reviews", "majority", 0.75)
    assert line["reviews"] == sorted(str(review.pk) for review in judgement.reviews.all())
    other = by_hash[came_with_its_class.sha256]
    assert (other["basis"], other["agreement"], other["reviews"]) == ("given", None, [])


def test_a_judgement_of_another_class_is_not_behind_this_one(project: Project) -> None:
    image = accepted(project)
    judged(image, annotation_class=project.annotation_classes.get(name="coat"))
    assert lines(frozen(project)[0])[0]["basis"] == "given"


def test_of_a_certified_batch_unseen_images_come_with_the_class_asked_for(
    project: Project,
) -> None:
    boot, coat, _ = project.annotation_classes.all()
    batch = GenerationRunFactory(
        project=project, admitted=True, audit={"excluded_classes": ["coat"]}
    )
    seen, unseen, _ = (
        SyntheticImageFactory(project=project, generation_run=batch, annotation_class=known)
        for known in (boot, boot, coat)
    )
    SyntheticImageFactory(project=project)  # of a batch that nobody certified
    Image.objects.filter(pk=seen.image_id).update(status="accepted", annotation_class=boot)
    task = ReviewTask.Kind.VALIDATE
    judgement = judged(seen.image, verdict="right", annotation_class=None)
    ReviewTask.objects.filter(pk=judgement.task_id).update(kind=task)
    version, _ = frozen(project)
    by_hash = {line["sha256"]: line for line in lines(version)}
    assert set(by_hash) == {seen.image.sha256, unseen.image.sha256}
    assert by_hash[seen.image.sha256]["basis"] == "reviews"
    assert by_hash[unseen.image.sha256]["basis"] == "batch"
    assert by_hash[unseen.image.sha256]["annotation_class"] == "boot"
    assert by_hash[unseen.image.sha256]["lineage"] == f"{batch.pk}-{unseen.sample_index}"
    assert version.facts["generators"][0]["run"] == batch.pk
    assert version.facts["generators"][0]["images"] == 2


def test_counts_are_kept(project: Project) -> None:
    judged(accepted(project))
    accepted(project, "coat", split="test")
    accepted(project, "coat", origin="synthetic")
    version, _ = frozen(project)
    assert (version.image_count, version.real_count, version.synthetic_count) == (3, 2, 1)
    assert version.reviewed_count == 1
    assert version.splits == [("train", 2), ("test", 1)]
    assert version.ratio == 1.0
    assert version.count_by("class", "split")["coat", "test"] == 1


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"origin": "real"}, ["sure", "unsure", "given"]),
        ({"splits": ["test"]}, ["given"]),
        ({"classes": ["boot"]}, ["sure", "unsure", "synthetic"]),
        ({"least_agreement": 0.8}, ["sure"]),
        ({"classes": ["coat"], "splits": ["test"], "origin": "real"}, ["given"]),
    ],
)
def test_filters_choose(project: Project, filters: dict[str, Any], names: list[str]) -> None:
    images = {
        "sure": accepted(project),
        "unsure": accepted(project),
        "given": accepted(project, "coat", split="test"),
        "synthetic": accepted(project, origin="synthetic"),
    }
    judged(images["sure"], 0.8)
    judged(images["unsure"], 0.6)
    version, _ = frozen(project, **filters)
    expected = sorted(images[name].sha256 for name in names)
    assert [line["sha256"] for line in lines(version)] == expected


def test_nothing_to_freeze_is_said(project: Project) -> None:
    with pytest.raises(NothingToFreezeError, match="synthetic only"):
        frozen(project, origin="synthetic")
    assert not DatasetVersion.objects.exists()


def test_freezing_takes_few_queries_however_many_images(
    project: Project, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        judged(accepted(project))
    with django_assert_max_num_queries(40):
        frozen(project)
