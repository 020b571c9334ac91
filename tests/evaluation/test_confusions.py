"""What a classifier took for what, and the images behind each count."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.evaluation.confusions import Confusions
from apps.evaluation.models import EvaluatedImages, EvaluationRun
from apps.evaluation.services import Figure, evaluation_record
from apps.images.models import Image
from apps.jobs.services import Claim
from apps.projects.models import Project
from tests.factories import CheckpointFactory, ImageFactory, JobFactory

pytestmark = pytest.mark.django_db

PAIRS = [(0, 0), (0, 1), (0, 1), (1, 1), (1, 0), (2, 2)]
"""Positions of boot, coat and shirt: the class, and what it was taken for."""


def evaluated(project: Project, split: str = "select") -> EvaluationRun:
    classes = list(project.annotation_classes.order_by("position"))
    images = sorted(
        (
            ImageFactory(project=project, split=split, annotation_class=classes[true])
            for true, _ in PAIRS
        ),
        key=lambda image: image.sha256,
    )
    job = JobFactory(project=project, status="running", attempt=1)
    seen = dict(zip((image.pk for image in images), _seen(images), strict=True))
    return evaluation_record(
        claim=Claim(job.pk, 1),
        checkpoint=CheckpointFactory(project=project),
        split=split,
        images=[image.sha256 for image in images],
        targets=[image.annotation_class.position for image in images],
        predictions=[seen[image.pk] for image in images],
        figures=[Figure("accuracy", 0.5, 0.1, 0.9)],
    )


def _seen(images: list[Image]) -> list[int]:
    """Of each class in turn, what `PAIRS` says."""
    left = {true: [seen for of, seen in PAIRS if of == true] for true in range(3)}
    return [left[image.annotation_class.position].pop() for image in images]


def url_of(run: EvaluationRun) -> str:
    return f"/api/v1/projects/{run.project.slug}/evaluations/{run.pk}/"


def page_of(run: EvaluationRun) -> str:
    return f"/projects/{run.project.slug}/evaluations/{run.pk}/"


def test_each_count_leads_to_exactly_its_images(api: APIClient, project: Project) -> None:
    run = evaluated(project)
    told = api.get(url_of(run)).json()
    assert told["classes"] == ["boot", "coat", "shirt"]
    assert told["confusions"] == [[1, 2, 0], [1, 1, 0], [0, 0, 1]]
    assert told["figures"] == [
        {"name": "accuracy", "class": None, "value": 0.5, "low": 0.1, "high": 0.9}
    ]
    for true, row in zip(told["classes"], told["confusions"], strict=True):
        for seen, count in zip(told["classes"], row, strict=True):
            images = api.get(f"{url_of(run)}images/?class={true}&seen={seen}").json()["results"]
            assert [(image["class"], image["seen"]) for image in images] == [(true, seen)] * count
    wrong = api.get(f"{url_of(run)}images/").json()["results"]
    assert sorted((image["class"], image["seen"]) for image in wrong) == [
        ("boot", "coat"), ("boot", "coat"), ("coat", "boot"),
    ]  # fmt: skip
    assert len(api.get(f"{url_of(run)}images/?seen=boot").json()["results"]) == 1


def test_the_page_shows_what_is_confused_most_and_its_images(
    pages: Client, project: Project
) -> None:
    run = evaluated(project)
    answer = pages.get(f"{page_of(run)}?class=boot&seen=coat")
    text = answer.content.decode()
    assert "boot taken for coat" in text
    assert text.count("boot → coat") == 2
    assert 'aria-current="true"' in text
    largest = answer.context["confusions"].largest
    assert [(cell.true, cell.seen, cell.share.count) for cell in largest] == [
        ("boot", "coat", 2), ("coat", "boot", 1),
    ]  # fmt: skip
    assert pages.get(page_of(run)).content.decode().count(" → ") == 3
    model = pages.get(f"/projects/{project.slug}/models/{run.checkpoint.training_run_id}/")
    assert page_of(run) in model.content.decode()


def test_a_class_that_there_is_not_is_refused_in_words(
    api: APIClient, pages: Client, project: Project
) -> None:
    run = evaluated(project)
    answer = api.get(f"{url_of(run)}images/?seen=sock")
    assert answer.status_code == 400
    assert (
        "There is no class &#x27;sock&#x27;"
        in pages.get(f"{page_of(run)}?seen=sock").content.decode()
    )
    assert "choose one of boot, coat, shirt" in answer.json()["error"]["message"]


def test_the_sealed_tests_images_are_not_shown(
    api: APIClient, pages: Client, project: Project
) -> None:
    run = evaluated(project, "test")
    assert api.get(url_of(run)).json()["confusions"][0] == [1, 2, 0]
    assert "sealed" not in api.get(url_of(evaluated(project))).json()["images_refusal"]
    assert "tells the truth once" in api.get(url_of(run)).json()["images_refusal"]
    assert api.get(f"{url_of(run)}images/?class=boot&seen=coat").json()["results"] == []
    assert "→" not in pages.get(page_of(run)).content.decode()


def test_a_list_that_an_earlier_release_did_not_keep_is_said_to_be_missing(
    pages: Client, project: Project
) -> None:
    run = evaluated(project)
    EvaluatedImages.objects.all().delete()
    assert "did not keep the list" in pages.get(page_of(run)).content.decode()


def test_many_measured_on_one_list_keep_it_once(project: Project) -> None:
    run = evaluated(project)
    other = CheckpointFactory(project=project)
    job = JobFactory(project=project, status="running", attempt=1)
    kept = EvaluatedImages.objects.get()
    again = evaluation_record(
        claim=Claim(job.pk, 1), checkpoint=other, split="select",
        images=[bytes(kept.hashes)[i : i + 32].hex() for i in range(0, 32 * len(PAIRS), 32)],
        targets=[0] * len(PAIRS), predictions=[1] * len(PAIRS), figures=[],
    )  # fmt: skip
    assert again.images_sha256 == run.images_sha256
    assert EvaluatedImages.objects.count() == 1


def test_a_project_of_many_classes_has_the_largest_confusions_and_no_table(
    project: Project, pages: Client
) -> None:
    run = evaluated(project)
    project.annotation_classes.model.objects.bulk_create(
        project.annotation_classes.model(project=project, name=f"class {n}", position=n)
        for n in range(3, 40)
    )
    assert not Confusions(run).has_table
    text = pages.get(page_of(run)).content.decode()
    assert "Confused most" in text
    assert "What was taken for what</h2>" not in text
