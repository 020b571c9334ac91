"""Triage: sheets of one class, answered as ordinary reviews, whole or tile by tile taken back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import Review, ReviewTask
from tests.factories import ImageFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db


def made_as(project: Project, name: str, number: int) -> list[ReviewTask]:
    expected = project.annotation_classes.get(name=name)
    return [
        ReviewTaskFactory(
            project=project,
            image=ImageFactory(project=project, origin="synthetic", split="train"),
            kind="validate",
            expected_class=expected,
            context={"annotation_class": expected.pk},
        )
        for _ in range(number)
    ]


@pytest.fixture
def sheet_api(annotator: User, project: Project) -> Any:
    """The calls that the page makes, as an annotator."""
    client = APIClient()
    client.force_authenticate(annotator)
    path = f"/api/v1/projects/{project.slug}/review"

    class Calls:
        def sheet(self, **wanted: Any) -> Any:
            return client.post(
                f"{path}/reservations/", {"sheet": True, "size": 24, **wanted}, format="json"
            )

        def answer(self, verdicts: dict[int, str]) -> Any:
            answers = [
                {"task": task, "verdict": verdict, "seconds": 0.5, "key": f"{task} {verdict}"}
                for task, verdict in verdicts.items()
            ]
            return client.post(f"{path}/reviews/", answers, format="json").json()

        def take_back(self, review: str) -> int:
            return int(client.delete(f"{path}/reviews/{review}/").status_code)

    return Calls()


def test_a_sheet_holds_the_class_with_most_waiting(project: Project, sheet_api: Any) -> None:
    made_as(project, "boot", 5), made_as(project, "coat", 30), ReviewTaskFactory(project=project)
    tasks = sheet_api.sheet().json()["tasks"]
    assert {task["asked_class"] for task in tasks} == {"coat"}
    assert (len(tasks), {task["kind"] for task in tasks}) == (24, {"validate"})
    boots = sheet_api.sheet(**{"class": "boot"}).json()["tasks"]
    assert {(task["asked_class"], len(boots)) for task in boots} == {("boot", 5)}
    assert sheet_api.sheet(**{"class": "hat"}).status_code == 400


def test_a_passed_sheet_is_so_many_reviews_and_each_can_be_taken_back(
    project: Project, sheet_api: Any
) -> None:
    made_as(project, "coat", 24)
    tasks = [task["id"] for task in sheet_api.sheet().json()["tasks"]]
    marks = dict(zip(tasks, ["bad", "wrong_class", "implausible", "artefact", "near_copy"]))  # noqa: B905
    outcomes = sheet_api.answer({task: marks.get(task, "right") for task in tasks})
    assert {outcome["status"] for outcome in outcomes} == {"stored"}
    assert Review.objects.count() == 24
    assert Image.objects.filter(status="accepted", annotation_class__name="coat").count() == 19
    assert Image.objects.filter(status="refused").count() == 5

    assert sheet_api.take_back(outcomes[0]["id"]) == 204
    assert Image.objects.filter(status="refused").count() == 4
    again = sheet_api.sheet().json()["tasks"]
    assert [task["id"] for task in again] == [tasks[0]]
    for outcome in outcomes[1:]:
        assert sheet_api.take_back(outcome["id"]) == 204
    assert Image.objects.filter(status="unreviewed").count() == 24
    assert len(sheet_api.sheet().json()["tasks"]) == 24


def test_the_page_names_the_class_that_is_chosen(
    client: Client, annotator: User, project: Project
) -> None:
    client.force_login(annotator)
    address = reverse("review_sheets", args=[project.slug])

    def chosen(query: str) -> Any:
        html = client.get(address + query).content.decode()
        found = re.search(r'id="page-data" type="application/json">(.*?)</script>', html)
        assert found
        return json.loads(found[1])["class"], html.count("<option selected>")

    assert chosen("") == (None, 0)
    assert chosen("?class=coat") == ("coat", 1)
    assert chosen("?class=hat") == (None, 0)
