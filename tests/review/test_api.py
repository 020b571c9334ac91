"""The queue over REST: what is told, what is refused, and to whom."""

from __future__ import annotations

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review.models import Review, ReviewSettings, ReviewTask
from tests.factories import ImageFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db


def calls(project: Project, path: str) -> str:
    return f"/api/v1/projects/{project.slug}/review/{path}/"


def test_a_task_is_told_with_its_evidence(api: APIClient, project: Project) -> None:
    coat = project.annotation_classes.get(name="coat")
    near, parent = ImageFactory.create_batch(2, project=project, annotation_class=coat)
    elsewhere = ImageFactory()
    task = ReviewTaskFactory(
        project=project,
        kind=ReviewTask.Kind.VALIDATE,
        context={
            "annotation_class": coat.pk,
            "parent": parent.pk,
            "parent_distance": 0.4,
            "nearest": [[near.pk, 0.25], [elsewhere.pk, 0.3], [987654321, 0.5]],
            "uncertainty": 0.9,
            "guess": coat.pk,
        },
    )
    held = api.post(calls(project, "reservations"), {"size": 5}, format="json").json()
    [told] = held["tasks"]
    assert held["expires_at"]
    assert (told["id"], told["kind"], told["asked_class"]) == (task.pk, "validate", "coat")
    assert told["image"]["url"] == f"/projects/{project.slug}/images/{task.image_id}/file/"
    assert (told["parent"]["id"], told["parent"]["distance"]) == (parent.pk, 0.4)
    assert [(image["id"], image["class"]) for image in told["nearest"]] == [(near.pk, "coat")]
    assert told["guess"] is None, "the project does not show guesses"
    ReviewSettings.objects.create(project=project, show_guess=True)
    [told] = api.post(calls(project, "reservations")).json()["tasks"]
    assert told["guess"] == "coat"


def test_a_task_without_evidence_is_told_too(api: APIClient, project: Project) -> None:
    ReviewTaskFactory(project=project)
    [told] = api.post(calls(project, "reservations")).json()["tasks"]
    assert (told["asked_class"], told["parent"], told["nearest"]) == (None, None, [])


def test_answers_come_back_in_order_each_with_its_fate(api: APIClient, project: Project) -> None:
    task = ReviewTaskFactory(project=project)
    good = {"task": task.pk, "verdict": "class", "class": "boot", "seconds": 2, "key": "good"}
    answers = [
        {"task": "seven", "verdict": "class", "key": "no number"},
        "nonsense",
        good,
        good | {"key": "again"},
        good,
    ]
    response = api.post(calls(project, "reviews"), answers, format="json")
    assert response.status_code == 201
    told = response.json()
    assert [(one["key"], one["status"]) for one in told] == [
        ("no number", "refused"), ("", "refused"), ("good", "stored"), ("again", "refused"),
        ("good", "known"),
    ]  # fmt: skip
    assert told[0]["message"] == "task: A valid integer is required."
    assert told[4]["id"] == told[2]["id"] == str(Review.objects.get().pk)


def test_only_a_list_is_answers(api: APIClient, project: Project) -> None:
    response = api.post(calls(project, "reviews"), {"task": 1}, format="json")
    assert response.status_code == 400
    assert "list" in response.json()["error"]["message"]


def test_only_ones_own_answer_can_be_taken_back(
    api: APIClient, project: Project, annotator: User
) -> None:
    task = ReviewTaskFactory(project=project)
    as_annotator = APIClient()
    as_annotator.force_authenticate(annotator)
    answer = {"task": task.pk, "verdict": "unclear", "key": "k"}
    [told] = as_annotator.post(calls(project, "reviews"), [answer], format="json").json()
    path = calls(project, f"reviews/{told['id']}")
    assert api.delete(path).status_code == 404, "not even a manager takes another's answer back"
    assert as_annotator.delete(path).status_code == 204
    assert as_annotator.delete(path).status_code == 204
    assert as_annotator.delete(calls(project, f"reviews/{uuid4()}")).status_code == 404
    [held] = as_annotator.post(calls(project, "reservations")).json()["tasks"]
    assert held["id"] == task.pk


def test_who_stops_gives_all_back(api: APIClient, project: Project) -> None:
    ReviewTaskFactory.create_batch(3, project=project)
    until = api.post(calls(project, "reservations")).json()["expires_at"]
    path = f"{calls(project, 'reservations')}?until={until.replace('+', '%2B')}"
    assert api.delete(path).status_code == 204
    assert ReviewTask.objects.filter(free_places=1).count() == 3


def test_strangers_learn_nothing(project: Project, stranger: User) -> None:
    client = APIClient()
    assert client.post(calls(project, "reservations")).status_code == 401
    client.force_authenticate(stranger)
    for path in ("reservations", "reviews", f"reviews/{uuid4()}"):
        for method in (client.post, client.delete):
            assert method(calls(project, path)).status_code in (404, 405)
