"""The studio's page: where it begins, and what it says where there is nothing to walk in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.generation.studio.selectors import uncertain_images
from apps.projects.models import Project
from apps.training.models import Prediction, Score
from tests.factories import (
    CheckpointFactory,
    GenerationRunFactory,
    ImageFactory,
    SyntheticImageFactory,
)

pytestmark = pytest.mark.django_db


def page_data(client: Client, project: Project, query: str = "") -> dict[str, Any]:
    page = client.get(f"/projects/{project.slug}/studio/{query}").content.decode()
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def generator_row(project: Project, family: str = "gan") -> Any:
    checkpoint = CheckpointFactory(project=project, kind="generator")
    checkpoint.training_run.family = family
    checkpoint.training_run.save()
    return checkpoint


def test_without_a_generator_it_says_what_to_do(
    pages: Client, client: Client, project: Project, annotator: User
) -> None:
    generator_row(project, "augmentation")
    page = pages.get(f"/projects/{project.slug}/studio/").content.decode()
    assert "No generator yet" in page
    assert f"/projects/{project.slug}/generators/new/" in page
    client.force_login(annotator)
    page = client.get(f"/projects/{project.slug}/studio/").content.decode()
    assert "A manager trains one under Models" in page


def test_it_begins_with_the_newest_generator_or_the_one_that_the_address_means(
    pages: Client, project: Project
) -> None:
    older, newer = generator_row(project), generator_row(project)
    assert page_data(pages, project)["chosen"] == newer.pk
    assert page_data(pages, project, f"?checkpoint={older.pk}")["chosen"] == older.pk
    assert page_data(pages, project, "?checkpoint=²")["chosen"] == newer.pk

    run = GenerationRunFactory(project=project, checkpoint=older)
    lineage = SyntheticImageFactory(project=project, generation_run=run)
    data = page_data(pages, project, f"?image={lineage.image_id}")
    assert data["chosen"] == older.pk
    assert data["image"] == {
        "id": lineage.image_id,
        "class": lineage.annotation_class_id,
        "checkpoint": older.pk,
    }


@pytest.mark.parametrize(
    ("split", "status", "begins"),
    [
        ("train", "accepted", True),
        ("pool", "unreviewed", True),
        ("guidance", "accepted", True),
        ("select", "accepted", False),
        ("test", "accepted", False),
        ("pool", "quarantined", False),
    ],
)
def test_no_walk_begins_from_an_image_that_measures_or_is_set_apart(
    pages: Client, project: Project, split: str, status: str, begins: bool
) -> None:
    generator_row(project)
    image = ImageFactory(project=project, split=split, status=status)
    found = page_data(pages, project, f"?image={image.pk}")["image"]
    assert (found is not None) == begins


def test_the_loop_proposes_what_its_classifier_is_least_sure_of(project: Project) -> None:
    classifier = CheckpointFactory(project=project)
    images = [
        ImageFactory(project=project, split=split)
        for split in ("pool", "guidance", "test", "pool", "train")
    ]
    for number, image in enumerate(images):
        Score.objects.create(
            checkpoint=classifier, image=image, strategy="margin", value=number / 10
        )
    assert uncertain_images(project, 2) == [images[3], images[1]]


def test_a_real_image_is_looked_for_in_the_class_that_people_gave_it_or_else_the_classifier(
    pages: Client, project: Project
) -> None:
    generator_row(project)
    boot, coat, _ = project.annotation_classes.order_by("position")
    given = ImageFactory(project=project, split="pool", annotation_class=boot)
    seen = ImageFactory(project=project, split="pool")
    for image in (given, seen):
        assert page_data(pages, project, f"?image={image.pk}")["image"]["class"] in (boot.pk, None)
    checkpoint = CheckpointFactory(project=project)
    for image in (given, seen):
        Prediction.objects.create(
            checkpoint=checkpoint, image=image, annotation_class=coat, confidence=0.6,
            embedding=[0.0, 1.0],
        )  # fmt: skip
    assert page_data(pages, project, f"?image={given.pk}")["image"]["class"] == boot.pk
    assert page_data(pages, project, f"?image={seen.pk}")["image"]["class"] == coat.pk
